/** The list of a subject's referrers, read from the driver page by page. */
import { type Descriptor, type Digest, type ManifestStore, type RepositoryName, StorageFault } from '../driver.ts';

/** How many entries the first page is asked for at most; each further one, for twice as many. */
const entriesOfFirstPage = 1_001;

/** A page of so many bytes of JSON may end before its list does. */
const largePage = 2 ** 20;

/** Where a list begins, and how many entries of it are read at most. */
export interface ReferrersRead {
  readonly after?: Digest | undefined;
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the manifests that have this subject are listed, in the byte order of their digests. Pages are read as entries are taken. */
export async function* listReferrers(
  manifests: Pick<ManifestStore, 'referrers'>,
  repo: RepositoryName,
  subject: Digest,
  { after, most = Number.POSITIVE_INFINITY, signal }: ReferrersRead = {},
): AsyncGenerator<Descriptor> {
  let last = after;
  let left = most;
  for (let next = entriesOfFirstPage; left > 0; next *= 2) {
    const limit = Math.min(next, left);
    const page = await manifests.referrers(repo, subject, { limit, ...(last !== undefined && { after: last }) }, signal);
    // Pages that do not go on would be read for ever.
    const marker = last;
    if (marker !== undefined && page.some(({ digest }) => digest <= marker))
      throw new StorageFault('broken', standsStill(marker));
    yield* page;
    left -= page.length;
    last = page.at(-1)?.digest;
    if (last === undefined || (page.length < limit && jsonSize(page) < largePage)) return;
  }
}

const standsStill = (marker: Digest): string => `the page of referrers after ${marker} has entries that do not come after it`;

/** How many bytes a value has as JSON. */
export function jsonSize(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
