/**
 * The keys of everything that is stored: relative names with `/` between their parts, for file systems and object stores
 * alike. They are built and parsed here.
 *
 *     content/<algorithm>/<xx>/<hex>                                     the bytes of a blob, once for all repositories;
 *                                                                        <xx> are the first two digits of <hex>
 *     repositories/<name>/_blobs/<algorithm>/<hex>                       this repository holds the blob; empty, or anything else
 *     repositories/<name>/_manifests/<algorithm>/<hex>                   a line of JSON about the manifest, one with its referrer
 *                                                                        entry if it has a subject, then its bytes
 *     repositories/<name>/_referrers/<algorithm>/<hex>/<algorithm>/<hex> subject, then referrer; its descriptor as JSON
 *     repositories/<name>/_pointers/<tag>/<algorithm>-<hex>-<version>    where the tag points; empty, and alone in its directory
 *     repositories/<name>/_trash/<time>/_blobs/<algorithm>/<hex>         what was discarded with this time, as it was; <time> has 15
 *     repositories/<name>/_trash/<time>/_manifests/<algorithm>/<hex>     digits, in milliseconds
 *     trash/<algorithm>/<xx>/<hex>                                       content that no repository held when it was looked for
 *     quarantine/<time>/<key>                                            what was withdrawn then, under the key that it had
 *     uploads/<xx>/<id>.<mark>.<holder>.<checkpoint>                     what an upload has received, in one file, which becomes
 *                                                                        the content; <xx> are the first two digits of <id>
 *     staging/<instance>-<count>                                         files being written, directories being removed
 *     instances/<instance>                                               the process of an instance, as JSON
 *     outbox/entries/<stream>/<instance>/<segment>/<file>                entries that an instance has added at once; <file> is
 *                                                                        <time>.<first>.<count>, and <segment> the
 *                                                                        <time>.<first> of the first file in it
 *     outbox/leases/<lease>/<holder>.<time>                              until when the holder has the lease; empty, and
 *                                                                        alone in its directory
 *     outbox/states/<lease>                                              what is kept with the lease
 *     layout-2                                                           empty: nothing is left of the layout of 0.1
 *
 * An object store has no `outbox`, and these in place of `content`'s bytes, `_pointers`, `_trash`, `trash`, `uploads`, `staging` and
 * `instances`:
 *
 *     content/<algorithm>/<xx>/<hex>                                     the key and size of the bytes, as JSON; so has
 *                                                                        each link
 *     repositories/<name>/_blobs/<algorithm>/<hex>                       this repository holds the blob: its link. Of what was
 *     repositories/<name>/_manifests/<algorithm>/<hex>                   discarded, 24 bytes: with which time, and a version
 *     repositories/<name>/_trash/_blobs/<algorithm>/<hex>.<version>      what was discarded, as it was
 *     repositories/<name>/_trash/_manifests/<algorithm>/<hex>.<version>
 *     repositories/<name>/_tags/<tag>                                    the digest that the tag points at, and a version
 *     data/<id>/<name>                                                   bytes that came in an upload: they stay there
 *     data/<id>/published                                                they are the content of a link, and of no pointer
 *     aside/<id>/<name>                                                  no link led to these bytes when it was written; or they
 *                                                                        were freed, as JSON
 *     sessions/<id>                                                      an upload's offset, and the keys of its bytes
 *     scratch/<name>                                                     written to check the store, and deleted
 *
 * A component of a repository's name never begins with `_`, so the children of a repository and the repositories
 * below it cannot collide. `<instance>` is the driver that made the name, so that others can tell whether it is alive.
 * `<holder>` is `free`, or the instance that is at the upload: to claim it is to rename the file.
 * `<checkpoint>` is `<offset>` or `<offset>.<algorithm>-<hex>`: how many of the bytes count, and their digest where one process hashed
 * them all. `<mark>` stands for the repository. So an upload's name is its state, and each change of it is one rename, which fails where
 * it stands elsewhere: a compare-and-swap.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  algorithmOf,
  type Checkpoint,
  type Digest,
  hexOf,
  type ItemKind,
  type RepositoryName,
  readDigest,
  readRepositoryName,
  readTag,
  readUploadId,
  type Tag,
  type UploadId,
} from '../../lib/driver.ts';
import type { Pointer } from './tags.ts';

/** The prefixes of the kinds of objects within a repository. */
const children = {
  blobs: '_blobs/',
  manifests: '_manifests/',
  referrers: '_referrers/',
  tags: '_tags/',
  pointers: '_pointers/',
  trash: '_trash/',
} as const;

/** The prefix of all repositories. */
export const repositoriesPrefix = 'repositories/';
/** The directory of all uploads. */
export const uploadsDirectory = 'uploads';
/** The directory of files that are being written and directories that are being removed. */
export const stagingDirectory = 'staging';
/** The directory of the records of instances. */
export const instancesDirectory = 'instances';
/** The empty file that says that a root has the layout of this version: its name. */
export const layoutMarker = 'layout-2';
/** The holder's name of an upload that is free. */
export const free = 'free';

/** A digest as two parts of a key. They sort in the byte order of the digests. */
function digestPath(digest: Digest): string {
  return `${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** The key of a blob's bytes. */
export function contentKey(digest: Digest): string {
  return `content/${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}`;
}

/** The prefix of the bytes of blobs; `<algorithm>/<xx>/<hex>` follows. */
export const contentPrefix = 'content/';
/** The prefix of the bytes of blobs that no repository held when they were looked for; `<algorithm>/<xx>/<hex>` follows. */
export const contentTrashPrefix = 'trash/';

/** The key of a blob's bytes in the trash. */
export function contentTrashKey(digest: Digest): string {
  return contentTrashPrefix + contentKey(digest).slice(contentPrefix.length);
}

/** The key of the link by which a repository holds a blob. */
export function linkKey(repo: RepositoryName, digest: Digest): string {
  return blobsPrefix(repo) + digestPath(digest);
}

/** The prefix of the repository's links to blobs; `<algorithm>/<hex>` follows. */
export function blobsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.blobs}`;
}

/** Whether a prefix is that of the links of a repository. */
export function isBlobsPrefix(prefix: string): boolean {
  return prefix.endsWith(`/${children.blobs}`);
}

/** The key of a manifest. */
export function manifestKey(repo: RepositoryName, digest: Digest): string {
  return manifestsPrefix(repo) + digestPath(digest);
}

/** The prefix of the repository's manifests; `<algorithm>/<hex>` follows. */
export function manifestsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.manifests}`;
}

/** The key of the link of a blob, or that of a manifest. */
export function itemKey(repo: RepositoryName, kind: ItemKind, digest: Digest): string {
  return kind === 'blob' ? linkKey(repo, digest) : manifestKey(repo, digest);
}

/** The prefix of the keys of all items of a kind that the repository holds; `<algorithm>/<hex>` follows. */
export function itemsPrefix(repo: RepositoryName, kind: ItemKind): string {
  return kind === 'blob' ? blobsPrefix(repo) : manifestsPrefix(repo);
}

/** Whether a key is that of the link of a blob, or of a manifest. */
export function isItem(key: string): boolean {
  return trashOf(key) !== undefined;
}

/** The directory of what was discarded in the repository of this item; undefined if the key is not that of an item. */
export function trashOf(key: string): { readonly directory: string; readonly item: string } | undefined {
  const [, repository, item] = /^(repositories\/.*?)\/(_(?:blobs|manifests)\/.*)$/.exec(key) ?? [];
  return repository === undefined || item === undefined ? undefined : { directory: `${repository}/_trash`, item };
}

/** The key of the copy of what was discarded, in an object store; `key` is that of the item. */
export function discardedCopyKey(key: string, version: string): string {
  const trash = trashOf(key);
  if (trash === undefined) throw new TypeError(`${key} is not the key of an item`);
  return `${trash.directory}/${trash.item}.${version}`;
}

/** The key of the item whose copy has this name in the trash of the repository; undefined if it is malformed. */
export function discardedItemKey(repo: RepositoryName, name: string): string | undefined {
  const [, item] = /^(_(?:blobs|manifests)\/[^/]+\/[^/.]+)\.[0-9a-f]+$/.exec(name) ?? [];
  return item === undefined ? undefined : `${repositoriesPrefix}${repo}/${item}`;
}

/** The prefix of the copies of what was discarded of a kind in a repository of an object store; `<algorithm>/<hex>.<version>` follows. */
export function discardedCopiesPrefix(repo: RepositoryName, kind: ItemKind): string {
  return `${trashDirectory(repo)}/${kind === 'blob' ? children.blobs : children.manifests}`;
}

/** What the name of a copy of what was discarded says, without that prefix; undefined if it is malformed. */
export function parseDiscardedCopy(name: string): { readonly digest: Digest; readonly version: string } | undefined {
  const [, algorithm = '', hex = '', version = ''] = /^([^/]+)\/([^/.]+)\.([0-9a-f]+)$/.exec(name) ?? [];
  const digest = parseDigestPath(algorithm, hex);
  return digest && { digest, version };
}

/** The directory of what was discarded in a repository. */
export function trashDirectory(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.trash}`.slice(0, -1);
}

/** The prefix of the keys of what was discarded of a kind in a repository with a time; `<algorithm>/<hex>` follows. */
export function trashedPrefix(repo: RepositoryName, at: Date, kind: ItemKind): string {
  return `${trashDirectory(repo)}/${trashTimeName(at)}/${kind === 'blob' ? children.blobs : children.manifests}`;
}

/** The name of the directory of what was discarded with a time. In the order of the names, the times ascend. */
export function trashTimeName(at: Date): string {
  return String(at.getTime()).padStart(15, '0');
}

/** The time with which was discarded what is in a directory of this name, listed with a `/`; undefined if it is malformed. */
export function parseTrashTime(name: string): Date | undefined {
  return /^[0-9]{15}\/$/.test(name) ? new Date(Number(name.slice(0, -1))) : undefined;
}

/** The key of what was withdrawn at a time, and had this key before. */
export function withdrawnKey(key: string, at: Date): string {
  return `quarantine/${trashTimeName(at)}/${key}`;
}

/** The key of the entry that lists a manifest among the referrers of its subject. */
export function referrerKey(repo: RepositoryName, subject: Digest, digest: Digest): string {
  return referrersPrefix(repo, subject) + digestPath(digest);
}

/** The prefix of a subject's referrers; `<algorithm>/<hex>` follows. */
export function referrersPrefix(repo: RepositoryName, subject: Digest): string {
  return `${allReferrersPrefix(repo)}${digestPath(subject)}/`;
}

/** The prefix of all referrers of a repository; the `<algorithm>/<hex>/` of a subject follows. */
export function allReferrersPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.referrers}`;
}

/** The digest with this algorithm and these hex digits, as two parts of a key; undefined if they are malformed. */
export function parseDigestPath(algorithm: string, hex: string): Digest | undefined {
  return readDigest(`${algorithm}:${hex}`);
}

/** The key of a tag in an object store. */
export function tagKey(repo: RepositoryName, tag: Tag): string {
  return tagsPrefix(repo) + tag;
}

/** The prefix of the repository's tags in an object store; their names follow. */
export function tagsPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.tags}`;
}

/** The directory of a tag on a file system. */
export function pointerDirectory(repo: RepositoryName, tag: Tag): string {
  return pointersPrefix(repo) + encodeTag(tag);
}

/** The prefix of the directories of the repository's tags; their names follow. */
export function pointersPrefix(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/${children.pointers}`;
}

/** Whether a directory is that of a repository's tags. */
export function isPointersDirectory(directory: string): boolean {
  return `${directory}/`.endsWith(`/${children.pointers}`);
}

/** The name of the one entry in the directory of a tag. */
export function pointerName({ digest, version }: Pointer): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}-${version}`;
}

/** The pointer that has this name; undefined if none has. */
export function parsePointerName(name: string): Pointer | undefined {
  const [, algorithm = '', hex = '', version = ''] = /^([a-z0-9]+)-([0-9a-f]+)-([0-9a-f]+)$/.exec(name) ?? [];
  const digest = parseDigestPath(algorithm, hex);
  return digest && { digest, version };
}

/**
 * A tag as a file name that is unique even on file systems that ignore case: the tag in lower case and, if a letter was
 * upper-case, `~` and a hexadecimal number whose bit `i` is set if character `i` was upper-case. At most 161 characters. The
 * names do not sort in the order of the tags.
 */
export function encodeTag(tag: Tag): string {
  let capitals = 0n;
  for (const [position, character] of [...tag].entries()) {
    if (character >= 'A' && character <= 'Z') capitals |= 1n << BigInt(position);
  }
  return capitals === 0n ? tag : `${tag.toLowerCase()}~${capitals.toString(16)}`;
}

/** The tag that {@link encodeTag} gives this name; undefined if there is none. */
export function decodeTag(name: string): Tag | undefined {
  // Most tags have no capitals, and are their own names.
  if (!/[A-Z~]/.test(name)) return readTag(name);
  const [, folded = '', hex = '0'] = /^([^~]*)(?:~([0-9a-f]{1,32}))?$/.exec(name) ?? [];
  const capitals = BigInt(`0x${hex}`);
  const characters = [...folded].map((character, position) =>
    (capitals >> BigInt(position)) & 1n ? character.toUpperCase() : character,
  );
  const tag = readTag(characters.join(''));
  return tag !== undefined && encodeTag(tag) === name ? tag : undefined;
}

/** Whether a name in a repository's directory, listed with a `/`, is that of a kind of objects, and not of repositories below. */
export function isChildDirectory(name: string): boolean {
  return (Object.values(children) as string[]).includes(name);
}

/** The name of a repository, or of a directory above repositories, from a path; undefined if it is malformed. */
export function parseRepositoryPath(path: string): RepositoryName | undefined {
  return readRepositoryName(path);
}

/** What the name of an upload's file says. */
export interface UploadName extends Checkpoint {
  readonly id: UploadId;
  /** The repository, by {@link repositoryMark}: under another one, the upload is not found. */
  readonly mark: string;
  /** `free`, or the instance that is at it. */
  readonly holder: string;
}

/** 16 hex digits that stand for a repository in names that have no room for its own. */
export function repositoryMark(repo: RepositoryName): string {
  return createHash('sha256').update(repo).digest('hex').slice(0, 16);
}

/** The key of an upload's file. With the longest digest its last part has 243 bytes. */
export function uploadKey({ id, mark, holder, offset, digest }: UploadName): string {
  const checkpoint = digest === undefined ? `${offset}` : `${offset}.${algorithmOf(digest)}-${hexOf(digest)}`;
  return `${uploadShard(id)}/${id}.${mark}.${holder}.${checkpoint}`;
}

/** The directory that has the file of an upload, and of all whose ids begin alike. */
export function uploadShard(id: UploadId): string {
  return `${uploadsDirectory}/${id.slice(0, 2)}`;
}

/** What the name of a file in an upload's directory says; undefined if it is not that of an upload. */
export function parseUploadName(name: string): UploadName | undefined {
  const parts = /^([^.]+)\.([0-9a-f]{16})\.([^.]+)\.(0|[1-9][0-9]{0,15})(?:\.([^.-]+)-([^.-]+))?$/.exec(name);
  const [, uuid = '', mark = '', holder = '', digits, algorithm, hex] = parts ?? [];
  const id = readUploadId(uuid);
  if (id === undefined || !(holder === free || isInstance(holder))) return undefined;
  const upload = { id, mark, holder, offset: Number(digits) };
  if (algorithm === undefined) return upload;
  const digest = readDigest(`${algorithm}:${hex}`);
  return digest && { ...upload, digest };
}

/** Whether a name in {@link uploadsDirectory}, listed with a `/`, is that of a shard. */
export function isUploadShard(name: string): boolean {
  return /^[0-9a-f]{2}\/$/.test(name);
}

/** Whether a name in {@link uploadsDirectory}, listed with a `/`, is that of an upload as 0.1 kept it: a directory. */
export function isEarlierUpload(name: string): boolean {
  return name.endsWith('/') && readUploadId(name.slice(0, -1)) !== undefined;
}

/** The key of an instance's record. */
export function instanceKey(instance: string): string {
  return `${instancesDirectory}/${instance}`;
}

/** Whether a name has the form of an instance's id: a UUID. */
export function isInstance(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

/** When entries of an instance were added to a stream, and which of its entries they are. Their names sort in the order of the entries. */
export interface OutboxPlace {
  readonly addedMs: number;
  /** How many entries the instance had added to the stream before. */
  readonly first: number;
}

/** What the name of a file of an outbox says. */
export interface OutboxName extends OutboxPlace {
  readonly count: number;
}

/** The directory of a stream of an outbox. */
export function outboxDirectory(stream: string): string {
  return `outbox/entries/${stream}`;
}

/** The directory of what an instance has added to a stream. */
export function outboxShare(stream: string, instance: string): string {
  return `${outboxDirectory(stream)}/${instance}`;
}

/** The instance of a name in the directory of a stream, listed with a `/`; undefined if it is malformed. */
export function parseOutboxShare(name: string): string | undefined {
  const instance = name.slice(0, -1);
  return name.endsWith('/') && isInstance(instance) ? instance : undefined;
}

/** The directory of some files that follow each other; `start` is what the name of the first says. */
export function outboxSegment(share: string, start: OutboxPlace): string {
  return `${share}/${placeText(start)}`;
}

/** What the name of a segment, listed with a `/`, says; undefined if it is malformed. */
export function parseOutboxSegment(name: string): OutboxPlace | undefined {
  const [, addedMs, first] = /^([0-9]{15})\.([0-9]{15})\/$/.exec(name) ?? [];
  return first === undefined ? undefined : { addedMs: Number(addedMs), first: Number(first) };
}

/** The key of a file in a segment. */
export function outboxKey(segment: string, name: OutboxName): string {
  return `${segment}/${placeText(name)}.${name.count}`;
}

/** What the name of a file in a segment says; undefined if it is malformed. */
export function parseOutboxName(name: string): OutboxName | undefined {
  const [, addedMs, first, count] = /^([0-9]{15})\.([0-9]{15})\.([1-9][0-9]{0,8})$/.exec(name) ?? [];
  return count === undefined ? undefined : { addedMs: Number(addedMs), first: Number(first), count: Number(count) };
}

function placeText({ addedMs, first }: OutboxPlace): string {
  const padded = (number: number) => String(number).padStart(15, '0');
  return `${padded(addedMs)}.${padded(first)}`;
}

/** What the name of the file of a lease says. */
export interface LeaseName {
  readonly holder: string;
  readonly untilMs: number;
}

/** The directory of a lease. */
export function leaseDirectory(lease: string): string {
  return `outbox/leases/${lease}`;
}

/** The key of the file of a lease, in its directory or in one that is to become that. */
export function leaseKey(directory: string, { holder, untilMs }: LeaseName): string {
  return `${directory}/${holder}.${untilMs}`;
}

/** What the name of a file in the directory of a lease says; undefined if it is malformed. */
export function parseLeaseName(name: string): LeaseName | undefined {
  const [, holder = '', untilMs] = /^([a-z0-9-]+)\.([0-9]{1,15})$/.exec(name) ?? [];
  return holder === '' ? undefined : { holder, untilMs: Number(untilMs) };
}

/** The key of what is kept with a lease. */
export function leaseStateKey(lease: string): string {
  return `outbox/states/${lease}`;
}

/** The key in staging with this number, of the driver `instance`. */
export function stagingKey(instance: string, count: number): string {
  return `${stagingDirectory}/${instance}-${count}`;
}

/** The instance that made a name in staging; undefined if the name is malformed. */
export function parseStagingName(name: string): string | undefined {
  const instance = /^(.*)-[0-9]+\/?$/.exec(name)?.[1] ?? '';
  return isInstance(instance) ? instance : undefined;
}

/** A new, random key for bytes of an upload. */
export function newDataKey(upload: string): string {
  return `${dataPrefix(upload)}${randomUUID()}`;
}

/** The prefix of the bytes of an upload, or of all uploads. */
export function dataPrefix(upload?: string): string {
  return upload === undefined ? allDataPrefix : `${allDataPrefix}${upload}/`;
}

/** The key of an empty record that bytes of an upload were published, where no pointer of a digest leads to them. */
export function publishedKey(upload: UploadId): string {
  return `${dataPrefix(upload)}published`;
}

/** The upload whose bytes are at a key; undefined if the key is not one of {@link newDataKey}. */
export function parseDataKey(key: string): UploadId | undefined {
  return readUploadId(/^data\/([^/]+)\//.exec(key)?.[1] ?? '');
}

/** The prefix of the keys of all bytes of uploads. */
export const allDataPrefix = 'data/';
/** The prefix of the marks of bytes that no link led to; what follows {@link allDataPrefix} in their keys follows. */
export const asidePrefix = 'aside/';

/** The key of the mark of the bytes at a key. */
export function asideKey(dataKey: string): string {
  return asidePrefix + dataKey.slice(allDataPrefix.length);
}

/** The prefix of all upload sessions. */
export const sessionsPrefix = 'sessions/';

/** The key of an upload session. */
export function sessionKey(id: UploadId): string {
  return sessionsPrefix + id;
}

/** The upload of a session, from the session's name; undefined if it is malformed. */
export function parseSessionName(name: string): UploadId | undefined {
  return readUploadId(name);
}

/** The key of an object that is written to check a store, and deleted. */
export function scratchKey(name: string): string {
  return `scratch/${name}`;
}
