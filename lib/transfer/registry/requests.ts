/** What source and destination both ask a registry for. */
import { algorithmOf, type Digest, hexOf, readDigest, readEssence } from '../../api/formats.ts';
import { artifactManifestType, dockerImageType, dockerIndexType, imageType, indexType } from '../../api/known-media.ts';
import { digestOf } from '../../content/digest.ts';
import { checkDigest, gathered } from '../bytes.ts';
import { manifestBytes } from '../names.ts';
import type { FoundManifest } from '../place.ts';
import type { RegistryClient } from './client.ts';

/** Every manifest, whatever it is, and as it is: without a coding, its digest is that of what arrives. */
const accepted = {
  accept: [imageType, indexType, dockerImageType, dockerIndexType, artifactManifestType, '*/*;q=0.1'].join(', '),
  'accept-encoding': 'identity',
};

/**
 * The manifest of a tag or a digest; undefined if there is none. Throws an Error for one that is not what its digest says: the one that it
 * was asked for by, or that the registry gives it.
 */
export async function getManifest(
  client: RegistryClient,
  repository: string,
  reference: string,
): Promise<FoundManifest | undefined> {
  const name = `${repository}${readDigest(reference) ? '@' : ':'}${reference}`;
  const response = await client.expect([200, 404], {
    method: 'GET',
    url: `/v2/${repository}/manifests/${reference}`,
    headers: accepted,
  });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  const bytes = await gathered(client.piecesOf(response), manifestBytes, `the manifest of ${name}`);
  const digest = readDigest(reference) ?? digestIn(response) ?? digestOf(bytes, 'sha256');
  checkDigest(bytes, digest, name);
  return { bytes, digest, mediaType: readEssence(response.headers.get('content-type') ?? '') };
}

/** The digest that a registry says that something has. */
export const digestIn = ({ headers }: Response): Digest | undefined => readDigest(headers.get('docker-content-digest') ?? '');

/** The tag that lists the referrers where a registry does not: distribution specification, "Referrers Tag Schema". */
export const fallbackTag = (subject: Digest): string => `${algorithmOf(subject)}-${hexOf(subject).slice(0, 64)}`;

/** Whether a tag is that of such a list. */
export const isFallbackTag = (tag: string): boolean => /^sha\d{3}-[0-9a-f]{64}$/.test(tag);
