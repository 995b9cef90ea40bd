/**
 * Where everything lies, as keys: relative names with `/` between their parts, for a file system and an object store
 * alike. No other file makes a name.
 *
 *     content/<algorithm>/<xx>/<hex>                                     the bytes of a blob, once for all repositories;
 *                                                                        <xx> are the first two digits of <hex>
 *     repositories/<name>/_blobs/<algorithm>/<hex>                       this repository holds the blob; the digest
 *     repositories/<name>/_manifests/<algorithm>/<hex>                   a line of JSON about the manifest, then its bytes
 *     repositories/<name>/_referrers/<algorithm>/<hex>/<algorithm>/<hex> subject, then referrer; its descriptor as JSON
 *     repositories/<name>/_tags/<tag>                                    the digest that the tag points at
 *     uploads/<id>/<holder>/data                                         what an upload has received
 *     uploads/<id>/<holder>/checkpoint                                   how much of it counts, as JSON
 *     locks/<xx>/<holder>/                                               whoever holds this writes the tags whose keys
 *                                                                        have a hash that begins with <xx>
 *     staging/<instance>-<count>                                         not finished yet, or on its way out
 *     instances/<instance>                                               which process that is, as JSON
 *
 * An object store has these in place of `content`'s bytes, `uploads`, `locks`, `staging` and `instances`:
 *
 *     content/<algorithm>/<xx>/<hex>                                     where the bytes are, as JSON; so has each link
 *     data/<id>/<name>                                                   bytes that came in an upload: they stay there
 *     sessions/<id>                                                      how far an upload is, and where its bytes are
 *     scratch/<name>                                                     written to see what the store does, and deleted
 *
 * A component of a repository's name never begins with `_`, so the children of a repository and the repositories
 * below it cannot meet. `<instance>` is the driver that made the name, so that another one can ask whether it lives.
 * `<holder>` is `free`, or the instance that is at it: to claim a thing is to rename its directory.
 */
import { createHash, randomUUID } from 'node:crypto';
import { algorithmOf, type Digest, formats, hexOf, type RepositoryName, type Tag, type UploadId } from '../../lib/api/formats.ts';

/** What the kinds of things that a repository has are kept under, each as a prefix of keys within it. */
const children = { blobs: '_blobs/', manifests: '_manifests/', referrers: '_referrers/', tags: '_tags/' } as const;

/** The prefix of all repositories. */
export const repositoriesPrefix = 'repositories/';
/** The directory of all uploads. */
export const uploadsDirectory = 'uploads';
/** The directory of what is not finished or on its way out. */
export const stagingDirectory = 'staging';
/** The directory of the instances that have written something. */
export const instancesDirectory = 'instances';
/** The directory of all locks. */
export const locksDirectory = 'locks';
/** The holder of what nobody holds. */
export const free = 'free';

/** The digest as two parts of a key. Byte order of these is byte order of the digests. */
function digestPath(digest: Digest): string {
  return `${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** The key of a blob's bytes. */
export function contentKey(digest: Digest): string {
  return `content/${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}`;
}

/** The key of the link that makes a blob one of the repository's. */
export function linkKey(repo: RepositoryName, digest: Digest): string {
  return blobsPrefix(repo) + digestPath(digest);
}

/** The prefix of the repository's links to blobs; `<algorithm>/<hex>` follows. */
export function blobsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.blobs}`;
}

/** The key of a manifest. */
export function manifestKey(repo: RepositoryName, digest: Digest): string {
  return manifestsPrefix(repo) + digestPath(digest);
}

/** The prefix of the repository's manifests; `<algorithm>/<hex>` follows. */
export function manifestsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.manifests}`;
}

/** The key of the entry that lists a manifest among the referrers of its subject. */
export function referrerKey(repo: RepositoryName, subject: Digest, digest: Digest): string {
  return referrersPrefix(repo, subject) + digestPath(digest);
}

/** The prefix of a subject's referrers; `<algorithm>/<hex>` follows. */
export function referrersPrefix(repo: RepositoryName, subject: Digest): string {
  return `${repositoriesPrefix}${repo}/${children.referrers}${digestPath(subject)}/`;
}

/** The digest whose algorithm and hex digits two parts of a key are; undefined if they are none. */
export function digestAt(algorithm: string, hex: string): Digest | undefined {
  return formats.digest.read(`${algorithm}:${hex}`);
}

/** How tags become names. */
export interface TagNames {
  encode(tag: Tag): string;
  /** The tag that `encode` made this name of; undefined if it did not. */
  decode(name: string): Tag | undefined;
  /** Whether byte order of the names is byte order of the tags. */
  readonly ordered: boolean;
}

/** Names for file systems that take `V1` and `v1` for the same. */
export const foldedTags: TagNames = { encode: encodeTag, decode: decodeTag, ordered: false };
/** The tags themselves, for stores that tell capitals apart. */
export const plainTags: TagNames = { encode: (tag) => tag, decode: (name) => formats.tag.read(name), ordered: true };

/** The key of a tag. */
export function tagKey(repo: RepositoryName, tag: Tag, names: TagNames = foldedTags): string {
  return tagsPrefix(repo) + names.encode(tag);
}

/** The prefix of the repository's tags; their names follow. */
export function tagsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.tags}`;
}

/**
 * A tag as a file name that no other tag has, on file systems that take `V1` and `v1` for the same too: in lower case
 * and, if a letter was upper-case, followed by `~` and a hexadecimal number whose bit `i` says that character `i` was.
 * At most 161 characters. The order of tags is not the order of these names.
 */
export function encodeTag(tag: Tag): string {
  let capitals = 0n;
  for (const [position, character] of [...tag].entries()) {
    if (character >= 'A' && character <= 'Z') capitals |= 1n << BigInt(position);
  }
  return capitals === 0n ? tag : `${tag.toLowerCase()}~${capitals.toString(16)}`;
}

/** The tag that {@link encodeTag} made this name of; undefined if it did not. */
export function decodeTag(name: string): Tag | undefined {
  const [, folded = '', hex = '0'] = /^([^~]*)(?:~([0-9a-f]{1,32}))?$/.exec(name) ?? [];
  const capitals = BigInt(`0x${hex}`);
  const characters = [...folded].map((character, position) =>
    (capitals >> BigInt(position)) & 1n ? character.toUpperCase() : character,
  );
  const tag = formats.tag.read(characters.join(''));
  return tag !== undefined && encodeTag(tag) === name ? tag : undefined;
}

/** The name of a repository from its parts, or of a directory above repositories; undefined if it cannot be one. */
export function repositoryAt(path: string): RepositoryName | undefined {
  return formats.name.read(path);
}

/** The upload that a directory, listed with its `/`, is of; undefined if it is of none. */
export function uploadAt(name: string): UploadId | undefined {
  return name.endsWith('/') ? formats.uploadId.read(name.slice(0, -1)) : undefined;
}

/** The directory of an upload. */
export function uploadDirectory(id: UploadId): string {
  return `${uploadsDirectory}/${id}`;
}

/** The key of the bytes that an upload has received, while `holder` is at it. */
export function uploadDataKey(id: UploadId, holder: string = free): string {
  return `${claimKey(uploadDirectory(id), holder)}/data`;
}

/** The key of an upload's checkpoint, while `holder` is at it. */
export function checkpointKey(id: UploadId, holder: string = free): string {
  return `${claimKey(uploadDirectory(id), holder)}/checkpoint`;
}

/** The directory of a thing that can be claimed, under the name of its holder. */
export function claimKey(directory: string, holder: string): string {
  return `${directory}/${holder}`;
}

/** The holder whose name a directory, listed with its `/`, has; undefined if that is no holder's. */
export function holderAt(name: string): string | undefined {
  const holder = name.endsWith('/') ? name.slice(0, -1) : '';
  return holder === free || isInstance(holder) ? holder : undefined;
}

/** The directory of the lock that a tag is written under. A lock is of many tags, so that there are few of them. */
export function lockDirectory(key: string): string {
  return `${locksDirectory}/${createHash('sha256').update(key).digest('hex').slice(0, 2)}`;
}

/** Whether a key is a tag's. */
export function isTagKey(key: string): boolean {
  return key.includes(`/${children.tags}`);
}

/** The key of an instance's record. */
export function instanceKey(instance: string): string {
  return `${instancesDirectory}/${instance}`;
}

/** Whether a name can be an instance's: a random UUID. */
export function isInstance(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

/** The `count`th name in staging of the driver `instance`. */
export function stagingKey(instance: string, count: number): string {
  return `${stagingDirectory}/${instance}-${count}`;
}

/** The driver that made a name in staging; undefined if none did. */
export function stagedBy(name: string): string | undefined {
  const instance = /^(.*)-[0-9]+\/?$/.exec(name)?.[1] ?? '';
  return isInstance(instance) ? instance : undefined;
}

/** A key for bytes of an upload that nothing else has. */
export function newDataKey(upload: string): string {
  return `${dataPrefix(upload)}${randomUUID()}`;
}

/** The prefix of the bytes of an upload, or of all. */
export function dataPrefix(upload?: string): string {
  return upload === undefined ? 'data/' : `data/${upload}/`;
}

/** The upload that the bytes at a key came in; undefined if they came in none. */
export function uploadOfData(key: string): UploadId | undefined {
  return formats.uploadId.read(/^data\/([^/]+)\//.exec(key)?.[1] ?? '');
}

/** The prefix of all upload sessions. */
export const sessionsPrefix = 'sessions/';

/** The key of an upload session. */
export function sessionKey(id: UploadId): string {
  return sessionsPrefix + id;
}

/** The upload that a session is named for; undefined if it is none. */
export function sessionAt(name: string): UploadId | undefined {
  return formats.uploadId.read(name);
}

/** The key of something that is written to see what a store does, and deleted. */
export function scratchKey(name: string): string {
  return `scratch/${name}`;
}
