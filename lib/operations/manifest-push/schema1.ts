/** Pushes of Docker's schema version 1 manifests. Loaded by the first push where the option `legacy.schema1` takes them. */
import { excerpt } from '../../api/errors.ts';
import { isTarsum, readRepositoryName } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { schema1MediaTypes } from '../../content/manifest.ts';
import type * as Schema1 from '../../legacy/schema1/index.ts';
import { resolveDigest } from '../shared/blob-names.ts';
import { digestOfPush, type Received } from './receive.ts';
import { filterMissing } from './references.ts';

/**
 * Reads a schema 1 manifest; undefined if it is none. The document is stored byte for byte, under the digest of its signed
 * payload.
 */
export function receiveSchema1(call: Call<'putManifest'>, bytes: Uint8Array, schema1: typeof Schema1): Received | undefined {
  const { limits, legacy } = call.settings;
  if (!schema1.isSentAsSchema1(bytes, call.headers['Content-Type'], limits)) return undefined;
  const document = schema1.readSchema1(bytes, limits);
  if (legacy.schema1 === 'verify') schema1.verifySchema1(document);
  checkNameAndTag(call, document);
  const digest = digestOfPush(call, document.payload);
  const mediaType = schema1MediaTypes[document.signed ? 'signed' : 'unsigned'];
  return { manifest: { digest, mediaType, bytes }, missing: () => missingLayers(call, document) };
}

/** The name may be that of another repository, since images are copied without being signed again; the tag must be the one signed. */
function checkNameAndTag(call: Call<'putManifest'>, { name, tag }: Schema1.Schema1Manifest): void {
  if (readRepositoryName(name) === undefined)
    throw call.error('NAME_INVALID', {
      message: 'the name inside the manifest is no repository name',
      detail: { reason: 'name-inside', inside: excerpt(name) },
    });
  if (call.use === 'by tag' && tag !== call.path.reference)
    throw call.error('TAG_INVALID', {
      message: 'the tag inside the manifest is not the one in the URL: push under the tag that was signed, or by digest',
      detail: { reason: 'tag-inside', given: call.path.reference, inside: excerpt(tag) },
    });
}

async function missingLayers(call: Call<'putManifest'>, { layers }: Schema1.Schema1Manifest): Promise<readonly string[]> {
  const { name } = call.path;
  if (!call.settings.legacy.tarsum && layers.some(isTarsum))
    throw call.error('MANIFEST_INVALID', {
      message: 'manifest invalid: it names layers by tarsums, which are not served here: have the option legacy.tarsum turned on',
    });
  return filterMissing(call, [...new Set(layers)], async (layer) => {
    const digest = await resolveDigest(call, name, layer);
    return digest !== undefined && (await call.driver.blobs.get(name, digest)) !== undefined;
  });
}
