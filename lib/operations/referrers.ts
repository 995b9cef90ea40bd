import type { Descriptor, ReferrersIndex } from '../api/bodies.ts';
import type { Digest } from '../api/formats.ts';
import { indexType } from '../api/known-media.ts';
import type { Call, Handler } from '../call.ts';
import { jsonSize, listReferrers as list } from '../content/referrers.ts';

/** How many entries one page looks at, of which a filter may leave none. Many, since clients are known that read the first page only. */
const entriesLookedAt = 10_000;
/** How many bytes of JSON these may have: each entry may be as large as a manifest. */
const bytesLookedAt = 2 ** 26;

/** Lists the manifests that have a digest as their subject: distribution specification, "Listing Referrers". */
export const listReferrers: Handler<'listReferrers'> = async (call) => {
  const { name, digest } = call.path;
  const { artifactType } = call.query;
  const { shown, last } = await readPage(call);
  const next = last && call.url('referrers', { name, digest }, { artifactType, after: last });
  const applied = artifactType === undefined ? undefined : 'artifactType';
  return { status: 200, headers: { Link: next, 'OCI-Filters-Applied': applied }, body: indexOf(shown) };
};

const indexOf = (manifests: readonly Descriptor[]): ReferrersIndex => ({
  schemaVersion: 2,
  mediaType: indexType,
  manifests,
});

/**
 * Whether an artifact has the type that a query asks for. Some clients write a space as a plus sign there, others a plus sign as it
 * is: the two are taken for each other, since no type has a space where it could have a plus sign.
 */
function isSameType(type: string | undefined, asked: string): boolean {
  return type?.replaceAll(' ', '+') === asked.replaceAll(' ', '+');
}

/**
 * Reads one page. It ends at its number of entries, before its JSON is larger than the largest manifest, since clients read it as
 * one, or where the filter left few of the many entries or bytes that were looked at. `last` is where the next page goes on. A page
 * looks at one entry at least, so that every page gets further.
 */
async function readPage(call: Call<'listReferrers'>): Promise<{ readonly shown: Descriptor[]; readonly last?: Digest }> {
  const { artifactType, after } = call.query;
  const { referrersPerPage, manifestBytes } = call.settings.limits;
  const { name, digest } = call.path;
  const shown: Descriptor[] = [];
  let bytes = jsonSize(indexOf([]));
  const looked = { entries: 0, bytes: 0 };
  let last: Digest | undefined;
  // Where nothing is left out, no more is looked at than is shown.
  const lookedAt = artifactType === undefined ? referrersPerPage : Math.max(referrersPerPage, entriesLookedAt);
  // One entry more tells that the list goes on.
  const read = { after, most: lookedAt + 1, signal: call.signal };
  for await (const descriptor of list(call.driver.manifests, name, digest, read)) {
    const isShown = artifactType === undefined || isSameType(descriptor.artifactType, artifactType);
    const size = jsonSize(descriptor) + 1;
    if (isShown) bytes += size;
    const isFull = isShown && (shown.length === referrersPerPage || (shown.length > 0 && bytes > manifestBytes));
    const isEnough = looked.entries >= lookedAt || looked.bytes >= bytesLookedAt;
    if (last !== undefined && (isFull || isEnough)) return { shown, last };
    if (isShown) shown.push(descriptor);
    looked.entries += 1;
    looked.bytes += size;
    last = descriptor.digest;
  }
  return { shown };
}
