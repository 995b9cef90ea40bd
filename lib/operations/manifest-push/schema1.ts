/** Manifests of schema version 1, which are taken where the option `legacy.schema1` says so. */
import { isTarsum, readRepositoryName } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { schema1MediaTypes } from '../../content/manifest.ts';
import type { Schema1Manifest } from '../../legacy/schema1/index.ts';
import { digestNamed } from '../shared/names.ts';
import { digestOfPush, type Received } from './receive.ts';
import { lacking } from './references.ts';

/**
 * Reads a manifest of schema version 1; undefined if it is none, or none is taken. It is stored as it came, under the
 * digest of what was signed.
 */
export async function receiveSchema1(call: Call<'putManifest'>, bytes: Uint8Array): Promise<Received | undefined> {
  const schema1 = await call.legacy.schema1?.();
  const { limits, legacy } = call.settings;
  if (!schema1?.isSentAsSchema1(bytes, call.headers['Content-Type'], limits)) return undefined;
  const document = schema1.readSchema1(bytes, limits);
  if (legacy.schema1 === 'verify') schema1.verifySchema1(document);
  checkPlace(call, document);
  const digest = digestOfPush(call, document.payload);
  const mediaType = schema1MediaTypes[document.signed ? 'signed' : 'unsigned'];
  return { manifest: { digest, mediaType, bytes }, missing: () => layersMissing(call, document) };
}

/** Images are copied without being signed again, so the name may be another one; a tag is where it was signed to be. */
function checkPlace(call: Call<'putManifest'>, { name, tag }: Schema1Manifest): void {
  if (readRepositoryName(name) === undefined)
    throw call.error('NAME_INVALID', { message: 'the name inside the manifest is malformed' });
  if (call.use === 'by tag' && tag !== call.path.reference)
    throw call.error('TAG_INVALID', { detail: { given: call.path.reference, inside: tag.slice(0, 128) } });
}

async function layersMissing(call: Call<'putManifest'>, { layers }: Schema1Manifest): Promise<readonly string[]> {
  const { name } = call.path;
  if (!call.settings.legacy.tarsum && layers.some(isTarsum))
    throw call.error('MANIFEST_INVALID', {
      message: 'manifest invalid: it names layers by tarsums, which are not served: have the option legacy.tarsum turned on',
    });
  return lacking([...new Set(layers)], async (layer) => {
    const digest = await digestNamed(call, name, layer);
    return digest !== undefined && (await call.driver.blobs.get(name, digest)) !== undefined;
  });
}
