import type { Descriptor, ReferrersIndex } from '../api/bodies.ts';
import type { Call, Handler } from '../call.ts';

/** Lists the manifests that have a digest as their subject: distribution specification, "Listing Referrers". */
export const listReferrers: Handler<'listReferrers'> = async (call) => {
  const { name, digest } = call.path;
  const { artifactType } = call.query;
  const { shown, more } = await readPage(call);
  const next = more ? call.url('referrers', { name, digest }, { artifactType, after: shown.at(-1)?.digest }) : undefined;
  const applied = artifactType === undefined ? undefined : 'artifactType';
  return { status: 200, headers: { Link: next, 'OCI-Filters-Applied': applied }, body: indexOf(shown) };
};

const indexOf = (manifests: readonly Descriptor[]): ReferrersIndex => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests,
});

/**
 * Whether an artifact has the type that a query asks for. Some clients write a space as a plus sign there, others a plus sign as it
 * is: the two are taken for each other, since no type has a space where it could have a plus sign.
 */
function isSameType(type: string | undefined, asked: string): boolean {
  return type?.replaceAll(' ', '+') === asked.replaceAll(' ', '+');
}

const jsonSize = (value: object): number => Buffer.byteLength(JSON.stringify(value));

/**
 * Reads one page. It ends at its number of entries, or before its JSON is larger than the largest manifest, since clients
 * read it as one; it has one entry at least, so that every page gets further.
 */
async function readPage(call: Call<'listReferrers'>): Promise<{ shown: Descriptor[]; more: boolean }> {
  const { artifactType, after } = call.query;
  const { referrersPerPage, manifestBytes } = call.settings.limits;
  const shown: Descriptor[] = [];
  let bytes = jsonSize(indexOf([]));
  const { name, digest } = call.path;
  for await (const descriptor of call.driver.manifests.referrers(name, digest, after, call.signal)) {
    if (artifactType !== undefined && !isSameType(descriptor.artifactType, artifactType)) continue;
    bytes += jsonSize(descriptor) + 1;
    if (shown.length === referrersPerPage || (shown.length > 0 && bytes > manifestBytes)) return { shown, more: true };
    shown.push(descriptor);
  }
  return { shown, more: false };
}
