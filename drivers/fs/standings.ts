/**
 * Where uploads stand: the names of their files, as the directories list them and as this process remembers them. A name that was
 * changed by another process since shows itself in the call that does not find it.
 */
import { type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { free, parseUploadName, repositoryMark, type UploadName, uploadKey, uploadShard } from '../tree/layout.ts';
import { type Disk, listNames, stat } from './disk.ts';

/** How many uploads are remembered; the others are listed. */
const maxRemembered = 10_000;
/** How often a name is looked up again because it was changed before it was used. */
const maxLookups = 20;

/** An upload as it stood at some moment. */
export interface Standing extends UploadName {
  readonly repo: RepositoryName;
  /** Whether the file ended exactly at the offset, and was synced so: it does as long as it is free under this name. */
  readonly isExact: boolean;
}

/** Where the uploads of a disk stand. */
export interface Standings {
  /** How this process last knew the upload to be free, without asking the disk. */
  recall(repo: RepositoryName, id: UploadId): Standing | undefined;
  /** Remembers an upload that is free. */
  remember(standing: Standing): void;
  forget(id: UploadId): void;
  /** Lists where the upload stands now; undefined if this repository has none of that id. */
  list(repo: RepositoryName, id: UploadId): Promise<UploadName | undefined>;
  /** Where the upload stands, by one look at the disk if that is where this process has left it. */
  find(repo: RepositoryName, id: UploadId): Promise<UploadName | undefined>;
  /**
   * Runs `use` with the key of the upload's file, and again with the new one where it gives undefined: the name may have changed in
   * between. Undefined if this repository has no such upload.
   */
  withKey<T>(repo: RepositoryName, id: UploadId, use: (key: string) => Promise<T | undefined>): Promise<T | undefined>;
}

/** The uploads of a disk; none is known yet. */
export function createStandings(disk: Disk): Standings {
  const known = new Map<UploadId, Standing>();

  function recall(repo: RepositoryName, id: UploadId): Standing | undefined {
    const last = known.get(id);
    return last?.repo === repo ? last : undefined;
  }

  function remember(standing: Standing): void {
    known.delete(standing.id);
    known.set(standing.id, standing);
    for (const oldest of known.keys()) {
      if (known.size <= maxRemembered) break;
      known.delete(oldest);
    }
  }

  async function list(repo: RepositoryName, id: UploadId): Promise<UploadName | undefined> {
    const mark = repositoryMark(repo);
    // A listing may miss a file that is renamed meanwhile: list once more before reporting that there is none.
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const name of await listNames(disk, uploadShard(id))) {
        const found = name.startsWith(id) ? parseUploadName(name) : undefined;
        if (found?.mark === mark) return found;
      }
    }
    return undefined;
  }

  /** Runs `use` with where the upload stands, as {@link Standings.withKey} does. */
  async function withName<T>(
    repo: RepositoryName,
    id: UploadId,
    use: (name: UploadName) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let name: UploadName | undefined = recall(repo, id) ?? (await list(repo, id));
    for (let attempt = 0; attempt < maxLookups; attempt++) {
      if (name === undefined) return undefined;
      const found = await use(name);
      if (found !== undefined) return found;
      known.delete(id);
      name = await list(repo, id);
    }
    throw new StorageFault('busy', `upload ${id} is changed all the time`);
  }

  return {
    recall,
    remember,
    forget: (id) => void known.delete(id),
    list,
    find: (repo, id) =>
      withName(repo, id, async (name) => {
        const stats = await stat(disk, uploadKey(name));
        if (stats === undefined) return undefined;
        // A file that is held may be written to at this moment.
        if (name.holder === free) remember({ ...name, repo, isExact: stats.size === name.offset });
        return name;
      }),
    withKey: (repo, id, use) => withName(repo, id, (name) => use(uploadKey(name))),
  };
}
