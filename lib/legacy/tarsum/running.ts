/** The tarsum of an archive, computed while its bytes pass. */
import { createHash, type Hash } from 'node:crypto';
import { RegistryError } from '../../api/errors.ts';
import { ArchiveReader } from './archive.ts';
import { entryPath, entryText } from './entry-text.ts';
import type { Content } from './extensions.ts';
import { type TarsumKind, tarsumHashes, writeTarsum } from './name.ts';
import { sumOrder } from './order.ts';
import { ArchiveRefused } from './refused.ts';
import { type EntrySums, entrySums } from './sums.ts';

/** A tarsum that grows with the bytes that it is given. Unlike a running digest it cannot be forked. */
export interface RunningTarsum {
  readonly kind: TarsumKind;
  /** Takes more bytes. Throws 400 `DIGEST_INVALID` once they cannot be the beginning of an archive, and ever after. */
  update(bytes: Uint8Array): void;
  /** The tarsum of all bytes so far, as text; more may follow. Throws 400 `DIGEST_INVALID` if they are not a whole archive. */
  digest(): string;
}

/** The tarsum of nothing yet. */
export function runningTarsum({ version, algorithm }: TarsumKind): RunningTarsum {
  const kind: TarsumKind = { version, algorithm };
  const sums = entrySums(tarsumHashes[algorithm] / 2);
  const reader = new ArchiveReader((header) => {
    const hash = createHash(algorithm).update(entryText(header, version), 'latin1');
    return hashing(hash, (sum) => sums.add(entryPath(header), sum));
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

function hashing(hash: Hash, done: (sum: string) => void): Content {
  return {
    take: (bytes) => {
      hash.update(bytes);
    },
    end: () => {
      // As text: a buffer for each entry would cost more than its hash.
      done(hash.digest('binary'));
    },
  };
}

function archiveHex(sums: EntrySums, { algorithm }: TarsumKind): string {
  const hash = createHash(algorithm);
  for (const position of sumOrder(sums)) hash.update(sums.hexAt(position));
  return hash.digest('hex');
}
