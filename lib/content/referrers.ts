/** The list of a subject's referrers, read from the driver page by page. */
import type { Descriptor, Digest, ManifestStore, RepositoryName } from '../driver.ts';

/** How many entries the first page is asked for, where it is not known how many are needed; each further one, for twice as many. */
const entriesOfFirstPage = 1_000;

/** A page of so many bytes of JSON may end before its list does. */
const largePage = 2 ** 20;

/** Where a list begins, and how much of it is asked for at first. */
export interface ReferrersRead {
  readonly after?: Digest | undefined;
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the manifests that have this subject are listed, in the byte order of their digests. Pages are read as entries are taken. */
export async function* listReferrers(
  manifests: Pick<ManifestStore, 'referrers'>,
  repo: RepositoryName,
  subject: Digest,
  { after, limit: first = entriesOfFirstPage, signal }: ReferrersRead = {},
): AsyncGenerator<Descriptor> {
  let last = after;
  for (let limit = first; ; limit *= 2) {
    const page = await manifests.referrers(repo, subject, { limit, ...(last !== undefined && { after: last }) }, signal);
    yield* page;
    last = page.at(-1)?.digest;
    if (last === undefined || (page.length < limit && jsonSize(page) < largePage)) return;
  }
}

/** How many bytes a value has as JSON. */
export function jsonSize(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
