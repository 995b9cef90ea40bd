/**
 * Conversion of a tree of 0.1, in which each tag is a file: `_tags/<tag>` holds the digest, and perhaps a version. The file is renamed
 * into the directory that the tag is now, where its name says what it held. That is one step: the tag is in one of the two places
 * whenever the process dies or the power goes, and of several processes that convert a tree at once, one moves each tag.
 */
import { mapConcurrently } from '../../lib/concurrency.ts';
import type { RepositoryName, Tag } from '../../lib/driver.ts';
import { decodeTag, encodeTag, layoutMarker, pointerDirectory, pointerName, pointersPrefix, tagsPrefix } from '../tree/layout.ts';
import { listRepositoryNames } from '../tree/listings.ts';
import type { Objects } from '../tree/objects.ts';
import { newPointer, parsePointer, versionBytes } from '../tree/records.ts';
import { syncDirectory } from './changes.ts';
import { type Disk, read, stat } from './disk.ts';
import { openFile } from './file.ts';
import { scanNames } from './scanning.ts';
import { codeOf, orFault, undefinedIfMissing } from './system.ts';

/** How many tags are converted with the same syncs. */
const tagsAtOnce = 1_000;
/** The name of the entry of a tag whose file was damaged: the tag is as damaged as it was. */
const damagedEntry = 'damaged';

/** Converts the tree once, when it is first called. A tree that has the marker of this layout costs one look. */
export function createConversion(disk: Disk, objects: Objects): () => Promise<void> {
  let converted: Promise<void> | undefined;

  async function convert(): Promise<void> {
    if ((await stat(disk, layoutMarker)) !== undefined) return;
    for await (const repo of listRepositoryNames(objects)) await convertTags(disk, repo);
    await undefinedIfMissing('removing locks', disk.fs.rm(disk.pathOf('locks'), { recursive: true }));
    await mark();
  }

  /** Leaves the marker. It saves the next start a look at all repositories, and is needed for nothing else: not every disk can be written. */
  async function mark(): Promise<void> {
    const marker = openFile(disk.fs, disk.pathOf(layoutMarker), layoutMarker, 'create', false).then((file) => file.close());
    await marker.catch(() => undefined);
  }

  return () => {
    converted ??= convert().catch((error: unknown) => {
      converted = undefined;
      throw error;
    });
    return converted;
  };
}

/** Converts the tags of a repository, until a reading of their directory finds none. */
async function convertTags(disk: Disk, repo: RepositoryName): Promise<void> {
  const directory = tagsPrefix(repo).slice(0, -1);
  for (let found = true; found; ) {
    found = false;
    for await (const tags of portions(tagFiles(disk, directory))) {
      found = true;
      await convertPortion(disk, repo, tags);
    }
  }
  await disk.directories.prune(directory);
}

async function convertPortion(disk: Disk, repo: RepositoryName, tags: readonly Tag[]): Promise<void> {
  const [files, directories] = [tagsPrefix(repo), pointersPrefix(repo)].map((prefix) => prefix.slice(0, -1)) as [string, string];

  async function makeDirectory(tag: Tag): Promise<void> {
    const directory = pointerDirectory(repo, tag);
    const making = disk.directories.within(directories, () => disk.fs.mkdir(disk.pathOf(directory)));
    const isThere = (error: unknown): void => {
      if (codeOf(error) !== 'EEXIST') throw error;
    };
    await orFault(
      `making ${directory}`,
      making.then(() => undefined, isThere),
    );
  }

  async function moveFile(tag: Tag): Promise<void> {
    const file = `${files}/${encodeTag(tag)}`;
    const value = await read(disk, file);
    if (value === undefined) return;
    const digest = parsePointer(value)?.digest;
    const entry = digest ? pointerName(newPointer(digest, versionBytes)) : damagedEntry;
    // Nothing is there if another process has moved it, or if a sweep removed the empty directory: then it is found again.
    const target = `${pointerDirectory(repo, tag)}/${entry}`;
    await undefinedIfMissing(`converting ${file}`, disk.fs.rename(disk.pathOf(file), disk.pathOf(target)));
  }

  await mapConcurrently(tags, makeDirectory);
  // What is renamed into a directory is lost with it: its name has to last before.
  await syncDirectory(disk, directories);
  await mapConcurrently(tags, moveFile);
  await syncDirectory(disk, files);
}

/** The tags that are files in a directory. */
async function* tagFiles(disk: Disk, directory: string): AsyncGenerator<Tag> {
  for await (const name of scanNames(disk, directory)) {
    const tag = name.endsWith('/') ? undefined : decodeTag(name);
    if (tag !== undefined) yield tag;
  }
}

/** The tags, some at a time. */
async function* portions(tags: AsyncIterable<Tag>): AsyncGenerator<readonly Tag[]> {
  let portion: Tag[] = [];
  for await (const tag of tags) {
    if (portion.push(tag) < tagsAtOnce) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
