/**
 * Has a directory of the fs driver hold what a tree of distribution holds, repository by repository: blobs, manifests, tags. Each step finds
 * out whether it was done before, so what was interrupted is finished by doing it all again, and nothing says how far it had come. It is
 * one more instance at the directory: servers may use that meanwhile.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseOptions } from '../../lib/checks/options.ts';
import { mapConcurrently } from '../../lib/concurrency.ts';
import {
  algorithmOf,
  type Digest,
  hexOf,
  type Manifest,
  type ManifestStore,
  type RepositoryName,
  type Tag,
} from '../../lib/driver.ts';
import { createIfMissing, syncParents } from '../fs/changes.ts';
import { parentOf } from '../fs/directories.ts';
import { createDisk, type Disk } from '../fs/disk.ts';
import { isAlive } from '../fs/liveness.ts';
import { withModes } from '../fs/modes.ts';
import { nodeCalls } from '../fs/node-calls.ts';
import { fsDriver } from '../fs.ts';
import { contentKey, linkKey as heldKey } from '../tree/layout.ts';
import {
  type AdoptionCounts,
  type AdoptionOptions,
  type AdoptionReport,
  type AdoptionTarget,
  adoptionOptions,
  type Skipped,
  targetOptions,
} from './adoption-options.ts';
import { blobKey, layersDirectory, linkKey, revisionsDirectory, tagKey, treeDirectory } from './layout.ts';
import { type Placing, type PlacingOptions, placeContent } from './placing.ts';
import { type DistributionTree, openTree } from './tree.ts';

/** How many things are done with the same syncs, and between two reports of progress. */
const thingsAtOnce = 1_000;
/** How many of the things that were skipped the report names. */
const mostProblems = 10_000;
/** How many bytes of the tree, and of the directory, are kept in memory. */
const cacheBytes = 16 * 1024 * 1024;

/**
 * Has a directory of the fs driver hold all that a tree of distribution holds, without copying its blobs: they get a second name there (a
 * hard link), so that the tree can be removed afterwards, or be kept. Where there can be no such link, as on another file system, bytes
 * are copied. It may be done again, also after it was interrupted, and while the directory is served. Nothing is written into the tree.
 *
 * What is damaged is skipped, and is in the report. What is in the directory stays: tags that point elsewhere there are moved with
 * `tags: 'move'` only.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @throws {StorageFault} if there is no such tree, or a file cannot be read or written
 * @example
 * import { mkdir } from 'node:fs/promises';
 * import { adoptDistributionTree } from 'stowage/drivers/distribution';
 *
 * await mkdir('old/docker/registry/v2', { recursive: true }); // the tree of an empty registry
 * const { problems } = await adoptDistributionTree({ from: 'old', to: { root: 'data' } });
 * for (const { path, reason } of problems) console.error(path, reason);
 */
export async function adoptDistributionTree(options: AdoptionOptions): Promise<AdoptionReport> {
  const { from, to, onProgress, ...how } = parseOptions('adoptDistributionTree', options, adoptionOptions);
  await requireApart(from, to.root);
  const tree = openTree(from, cacheBytes);
  await tree.require();
  const driver = fsDriver(to);
  const disk = openDisk(to);
  try {
    await driver.prepare();
    await disk.instances.register();
    const adoption = new Adoption(tree, disk, driver.manifests, how);
    for await (const repository of tree.repositoriesAfter('', how.signal)) {
      for await (const _ of adoption.adopt(repository)) onProgress?.({ repository, ...adoption.counts });
    }
    return { ...adoption.counts, problems: adoption.problems };
  } finally {
    await driver.close();
    await disk.instances.close();
  }
}

function openDisk(to: AdoptionTarget): Disk {
  const { root, durability, fileMode, directoryMode } = parseOptions('adoptDistributionTree', to, targetOptions);
  const files = withModes(nodeCalls, { file: fileMode, directory: directoryMode });
  return createDisk(files, resolve(root), { durable: durability === 'full', alive: isAlive, cacheBytes });
}

/** Throws a TypeError if the directory lies in the tree, which would be changed then. */
async function requireApart(from: string, root: string): Promise<void> {
  const path = relative(await realPath(join(from, treeDirectory)), await realPath(root));
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
  if (!isOutside)
    throw new TypeError('adoptDistributionTree: to.root lies in the tree of from, which is not changed; give another');
}

/** A path without symbolic links, of which the last parts may be missing. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    // What else is wrong with it shows when it is used.
    const parent = dirname(resolve(path));
    if (parent === resolve(path)) throw error;
    return join(await realPath(parent), basename(path));
  }
}

/** One adoption. */
class Adoption {
  readonly problems: Skipped[] = [];
  readonly #counts: { -readonly [Name in keyof AdoptionCounts]: number } = {
    repositories: 0,
    linked: 0,
    copied: 0,
    present: 0,
    copiedBytes: 0,
    manifests: 0,
    tags: 0,
    skipped: 0,
  };
  /** What became of the bytes of each digest: many repositories hold the same ones. */
  readonly #placed = new Map<Digest, Promise<Placing>>();

  constructor(
    private readonly tree: DistributionTree,
    private readonly disk: Disk,
    private readonly manifests: ManifestStore,
    private readonly how: PlacingOptions & { readonly tags: 'keep' | 'move' },
  ) {}

  get counts(): AdoptionCounts {
    return { ...this.#counts };
  }

  /** Adopts a repository, with a pause after each portion of it. */
  async *adopt(repo: RepositoryName): AsyncGenerator<void> {
    let held = 0;
    for await (const digests of portions(this.tree.digestsIn(layersDirectory(repo)))) {
      held += await this.#adoptBlobs(repo, digests);
      yield;
    }
    for await (const digests of portions(this.tree.digestsIn(revisionsDirectory(repo)))) {
      const done = await mapConcurrently(digests, (digest) => this.#adoptManifest(repo, digest));
      held += done.filter(Boolean).length;
      yield;
    }
    for (let last = ''; ; ) {
      const tags = await this.tree.tagsAfter(repo, last, thingsAtOnce, this.how.signal);
      await mapConcurrently(tags, (tag) => this.#adoptTag(repo, tag));
      last = tags.at(-1) ?? last;
      if (tags.length < thingsAtOnce) break;
      yield;
    }
    if (held > 0) this.#counts.repositories++;
    yield;
  }

  /** Places the bytes of blobs, and then lets the repository hold them. How many it holds. */
  async #adoptBlobs(repo: RepositoryName, digests: readonly Digest[]): Promise<number> {
    const { disk, tree } = this;
    const directory = layersDirectory(repo);
    const place = async (digest: Digest): Promise<Digest | undefined> => {
      this.how.signal?.throwIfAborted();
      const state = await tree.linkState(directory, digest);
      if (state === 'absent') return undefined;
      if (state === 'damaged') return this.#skip(linkKey(directory, digest), 'damaged-link');
      const { placed } = await this.#place(digest);
      if (placed === 'missing-bytes') return this.#skip(linkKey(directory, digest), placed);
      return placed === 'wrong-digest' ? undefined : digest;
    };
    const there = (await mapConcurrently(digests, place)).filter((digest) => digest !== undefined);
    await syncParents(disk, inEachDirectory(there.map(contentKey)));
    const links = there.map((digest) => heldKey(repo, digest));
    await mapConcurrently(links, (link) => createIfMissing(disk, link));
    await syncParents(disk, inEachDirectory(links));
    return there.length;
  }

  #place(digest: Digest): Promise<Placing> {
    const known = this.#placed.get(digest);
    if (known) return known;
    const placing = placeContent(this.tree, this.disk, digest, this.how).then((done) => {
      if (done.placed === 'wrong-digest') this.#skip(blobKey(digest), done.placed);
      else if (done.placed !== 'missing-bytes') this.#counts[done.placed]++;
      if (done.placed === 'copied') this.#counts.copiedBytes += done.size;
      return done;
    });
    this.#placed.set(digest, placing);
    return placing;
  }

  /** Puts a manifest. False if the repository does not hold it, or it cannot be put. */
  async #adoptManifest(repo: RepositoryName, digest: Digest): Promise<boolean> {
    this.how.signal?.throwIfAborted();
    const directory = revisionsDirectory(repo);
    const state = await this.tree.linkState(directory, digest);
    if (state === 'absent') return false;
    const manifest = state === 'held' ? await this.tree.manifestOf(digest) : undefined;
    const reason = state === 'damaged' ? 'damaged-link' : flawOf(manifest);
    if (reason !== undefined || manifest === undefined || manifest === 'none') {
      this.#skip(reason === 'wrong-digest' ? blobKey(digest) : linkKey(directory, digest), reason ?? 'missing-bytes');
      return false;
    }
    // With a subject, what was interrupted may have left it without its entry among the referrers.
    const isThere = manifest.subject === undefined && (await this.manifests.describe?.(repo, digest)) !== undefined;
    if (!isThere) await this.manifests.put(repo, manifest);
    this.#counts.manifests++;
    return true;
  }

  async #adoptTag(repo: RepositoryName, tag: Tag): Promise<void> {
    this.how.signal?.throwIfAborted();
    const { manifests } = this;
    const key = tagKey(repo, tag);
    const digest = await this.tree.readLink(key);
    if (digest === undefined) return;
    if (digest === 'damaged') return void this.#skip(key, 'damaged-link');
    if (!(await manifests.describe?.(repo, digest))) return void this.#skip(key, 'missing-manifest');
    const current = await manifests.resolve(repo, tag);
    const mayChange = current === undefined || this.how.tags === 'move';
    const points = current === digest || (mayChange && (await manifests.tag(repo, tag, digest, current ?? null)));
    if (points) this.#counts.tags++;
    else this.#skip(key, 'other-tag');
  }

  #skip(path: string, reason: Skipped['reason']): undefined {
    this.#counts.skipped++;
    if (this.problems.length < mostProblems) this.problems.push({ path, reason });
  }
}

/** Why bytes cannot be put as a manifest; undefined if they can. */
function flawOf(manifest: Manifest | 'none' | undefined): Skipped['reason'] | undefined {
  if (manifest === undefined) return 'missing-bytes';
  if (manifest === 'none') return 'no-manifest';
  const { digest, bytes } = manifest;
  return createHash(algorithmOf(digest)).update(bytes).digest('hex') === hexOf(digest) ? undefined : 'wrong-digest';
}

/** One of the keys in each of their directories. */
function inEachDirectory(keys: readonly string[]): readonly string[] {
  return [...new Map(keys.map((key) => [parentOf(key), key])).values()];
}

/** The values, some at a time. */
async function* portions<T>(values: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let portion: T[] = [];
  for await (const value of values) {
    if (portion.push(value) < thingsAtOnce) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
