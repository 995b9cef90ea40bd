/** What is needed in a repository: a walk from some manifests along everything that they name. */

import { listReferrers } from '../../content/referrers.ts';
import { DigestSet } from '../../digest-set.ts';
import { type Digest, type Driver, type RepositoryName, readDigest } from '../../driver.ts';
import { nextTurn } from '../../timers.ts';

/** How many manifests are read without a turn of the event loop, where the driver takes none. */
const manifestsPerTurn = 20;

/** What was reached so far. */
export interface Reach {
  has(digest: Digest): boolean;
  /** Goes on from these manifests. Throws what the driver throws: what cannot be read may need anything. */
  from(digests: Iterable<Digest>): Promise<void>;
}

/**
 * What is reached in a repository from manifests that are given later: what they name, what these name, and what refers to one of them. `manifests` has
 * the digests of all manifests of the repository: others are not read. Each is read once, so that those that name each other, or are nested ever
 * so deeply, end. To read what lies in the trash takes it out of it.
 */
export function createReach(
  { manifests }: Pick<Driver, 'manifests'>,
  repo: RepositoryName,
  isManifest: (digest: Digest) => boolean,
  signal?: AbortSignal,
): Reach {
  const reached = new DigestSet();
  let read = 0;

  /** The digests that a manifest names, and those of the manifests that refer to it. */
  async function* neighbours(digest: Digest): AsyncGenerator<Digest> {
    const manifest = await manifests.get(repo, digest);
    if (manifest === undefined) return;
    yield* digestsIn(manifest.bytes);
    for await (const referrer of listReferrers(manifests, repo, digest, { signal })) yield referrer.digest;
  }

  return {
    has: (digest) => reached.has(digest),

    async from(digests) {
      const waiting: Digest[] = [];
      const reach = (digest: Digest): void => {
        if (reached.add(digest) && isManifest(digest)) waiting.push(digest);
      };
      for (const digest of digests) {
        reach(digest);
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          signal?.throwIfAborted();
          for await (const neighbour of neighbours(next)) reach(neighbour);
          if (++read % manifestsPerTurn === 0) await nextTurn();
        }
      }
    },
  };
}

/** All digests in a manifest, wherever they stand: more than a registry knows of may be needed by somebody. */
function digestsIn(bytes: Uint8Array): readonly Digest[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return [text, ...(text.includes('\\') ? [unescaped(text)] : [])].flatMap((each) =>
    (each.match(/[a-z0-9]+:[0-9a-f]{64,128}/g) ?? []).flatMap((found) => readDigest(found) ?? []),
  );
}

/** JSON as it would be without needless escapes; as it is where it is none. */
function unescaped(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
