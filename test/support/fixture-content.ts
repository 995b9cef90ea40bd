/** Content to seed registries with. */

import type { Content } from '../../lib/testing/fixture/index.ts';
import { digestOf } from '../../lib/testing/suite/samples.ts';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** A manifest with an empty config and a layer of this text. */
export function sampleContent(text: string, subject?: object): Content {
  const stored = (bytes: Uint8Array) => ({ bytes, digest: digestOf(bytes) });
  const [config, layer] = [stored(Buffer.from('{}')), stored(Buffer.from(text))];
  const describe = ({ digest, bytes }: typeof config, mediaType: string) => ({ mediaType, digest, size: bytes.length });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe(config, 'application/vnd.oci.empty.v1+json'),
    layers: [describe(layer, 'application/octet-stream')],
    ...(subject && { subject }),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { manifest: { ...stored(bytes), mediaType: manifestType as never }, blobs: [config, layer], children: [] };
}
