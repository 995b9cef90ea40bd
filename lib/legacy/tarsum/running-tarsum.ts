/** The tarsum of an archive, computed as its bytes arrive. */
import { createHash, type Hash } from 'node:crypto';
import { RegistryError } from '../../api/errors.ts';
import { ArchiveReader } from '../../tar/archive.ts';
import { ArchiveRefused } from '../../tar/archive-refused.ts';
import type { Content } from '../../tar/extensions.ts';
import { createEntrySums, type EntrySums } from './entry-sums.ts';
import { entryPath, entryText } from './entry-text.ts';
import { type TarsumKind, tarsumHashes, writeTarsum } from './name.ts';
import { sumOrder } from './sum-order.ts';

/** A tarsum that is updated as bytes arrive. Unlike a running digest it cannot be forked. */
export interface RunningTarsum {
  readonly kind: TarsumKind;
  /** Adds bytes. Throws 400 `DIGEST_INVALID` once they cannot be the beginning of an archive, and on every later call. */
  update(bytes: Uint8Array): void;
  /** The tarsum of all bytes so far, as text. More may be added. Throws 400 `DIGEST_INVALID` if they are not a whole archive. */
  digest(): string;
}

/** Starts a tarsum of no bytes. */
export function createRunningTarsum({ version, algorithm }: TarsumKind): RunningTarsum {
  const kind: TarsumKind = { version, algorithm };
  const sums = createEntrySums(tarsumHashes[algorithm] / 2);
  const reader = new ArchiveReader((header) => {
    const hash = createHash(algorithm).update(entryText(header, version), 'latin1');
    return hashContent(hash, (sum) => sums.add(entryPath(header), sum));
  });
  let refusal: RegistryError | undefined;
  return {
    kind,
    update: (bytes) => {
      if (refusal) throw refusal;
      try {
        reader.update(bytes);
      } catch (error) {
        if (!(error instanceof ArchiveRefused)) throw error;
        refusal = noTarsum(error, reader);
        throw refusal;
      }
    },
    digest: () => {
      if (refusal) throw refusal;
      try {
        reader.checkEnd();
      } catch (error) {
        throw error instanceof ArchiveRefused ? noTarsum(error, reader) : error;
      }
      return writeTarsum({ ...kind, hex: archiveHex(sums, kind) });
    },
  };
}

function noTarsum({ message }: ArchiveRefused, { headerAt }: ArchiveReader): RegistryError {
  return new RegistryError('DIGEST_INVALID', {
    message: `the content has no tarsum: the block at byte ${headerAt} ${message}`,
  });
}

function hashContent(hash: Hash, done: (sum: string) => void): Content {
  return {
    take: (bytes) => {
      hash.update(bytes);
    },
    end: () => {
      // A string, since allocating a buffer for each entry costs more than hashing it.
      done(hash.digest('binary'));
    },
  };
}

function archiveHex(sums: EntrySums, { algorithm }: TarsumKind): string {
  const hash = createHash(algorithm);
  for (const position of sumOrder(sums)) hash.update(sums.hexAt(position));
  return hash.digest('hex');
}
