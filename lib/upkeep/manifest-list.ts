/** What a repository has, as a list for people. */
import { artifactManifestType, dockerImageType, dockerIndexType, imageType, indexType } from '../api/known-media.ts';
import { isObject } from '../checks/check.ts';
import { mapAhead } from '../concurrency.ts';
import { type Digest, type Driver, type Manifest, type MediaType, type RepositoryName, readDigest, type Tag } from '../driver.ts';
import { inventoryOf, itemsOf, tagsOf } from './listings.ts';

/** A tag and its manifest, or a manifest without a tag. Plain data. */
export interface ListedManifest {
  readonly tag?: Tag;
  readonly digest: Digest;
  readonly mediaType: MediaType;
  /** The manifest and all that it names, by the sizes that it says; of an index, with what its manifests name. */
  readonly bytes: number;
  /** When the manifest was pushed. ISO 8601. */
  readonly at: string;
}

/** The tags of a repository in byte order; behind them, where it is asked for, all manifests that have none, such as those of an index. */
export async function* listManifests(
  driver: Driver,
  repo: RepositoryName,
  { untagged, signal }: { readonly untagged: boolean; readonly signal: AbortSignal },
): AsyncGenerator<ListedManifest> {
  const tags: { readonly tag?: Tag; readonly digest: Digest }[] = [];
  for await (const each of tagsOf(driver, repo, signal)) tags.push(each);
  const tagged = new Set(tags.map(({ digest }) => digest));
  const times = new Map<Digest, string>();
  const others: typeof tags = [];
  for await (const { digest, at } of itemsOf(inventoryOf(driver), 'held', repo, 'manifest', signal)) {
    if (!tagged.has(digest) && !untagged) continue;
    times.set(digest, at.toISOString());
    if (!tagged.has(digest)) others.push({ digest });
  }
  const look = async (each: (typeof tags)[number]): Promise<ListedManifest | undefined> => {
    const [manifest, at] = [await driver.manifests.get(repo, each.digest), times.get(each.digest)];
    if (manifest === undefined || at === undefined) return undefined;
    return { ...each, mediaType: manifest.mediaType, bytes: await bytesOf(driver, repo, manifest), at };
  };
  for await (const found of mapAhead([...tags, ...others], look)) {
    signal.throwIfAborted();
    if (found) yield found;
  }
}

/** The bytes of a manifest and of all that it names, each once. */
async function bytesOf({ manifests }: Driver, repo: RepositoryName, top: Manifest): Promise<number> {
  const counted = new Set<string>();
  let sum = 0;
  const waiting = [top];
  for (let manifest = waiting.pop(); manifest !== undefined; manifest = waiting.pop()) {
    sum += manifest.bytes.length;
    for (const { digest, size, isManifest } of namedBy(manifest)) {
      if (counted.has(digest)) continue;
      counted.add(digest);
      const child = isManifest ? await manifests.get(repo, digest) : undefined;
      if (child) waiting.push(child);
      else sum += size;
    }
  }
  return sum;
}

/** What a manifest names. */
function namedBy({ bytes }: Manifest): { readonly digest: Digest; readonly size: number; readonly isManifest: boolean }[] {
  const document = parsed(bytes);
  return ['config', 'layers', 'blobs', 'manifests'].flatMap((list) =>
    [document[list]].flat().flatMap((entry: unknown) => {
      if (!isObject(entry) || typeof entry.digest !== 'string' || typeof entry.size !== 'number') return [];
      const digest = readDigest(entry.digest);
      return digest === undefined ? [] : [{ digest, size: entry.size, isManifest: list === 'manifests' }];
    }),
  );
}

/** The JSON of a manifest; empty where it is none. */
function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(Buffer.from(bytes).toString());
    return isObject(document) ? document : {};
  } catch {
    return {};
  }
}

const kinds: Readonly<Record<string, string>> = {
  [imageType]: 'image',
  [dockerImageType]: 'image',
  [indexType]: 'index',
  [dockerIndexType]: 'index',
  [artifactManifestType]: 'artifact',
};

/** A media type in a word, where it is known. */
export const kindOf = (mediaType: MediaType): string => kinds[mediaType] ?? mediaType;
