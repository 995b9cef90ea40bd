/** Images that are pushed as clients push them, and what is left of them. */
import type { Digest, Driver } from '../../lib/driver.ts';
import { createFetchHandler } from '../../lib/fetch.ts';
import { bytes, digestOf, pushBlob, readName } from '../../lib/testing/suite/samples.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const config = bytes('{"architecture":"amd64","os":"linux"}');

/** What names content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The document of an image with one layer. */
export interface ImageDocument {
  readonly config: Descriptor;
  readonly layers: readonly [Descriptor];
}

/** A manifest that was pushed. */
export interface Pushed extends Descriptor {
  readonly bytes: Uint8Array;
}

/** A registry that is pushed to. */
export interface Images {
  /** Pushes an image with this layer. */
  push(repository: string, layer: Uint8Array, tag: string): Promise<Pushed & { readonly document: ImageDocument }>;
  /** Pushes a manifest with these members, an index if it has `manifests`. */
  pushManifest(
    repository: string,
    members: object,
    as?: { readonly tag?: string; readonly algorithm?: 'sha512' },
  ): Promise<Pushed>;
  put(repository: string, reference: string, body: Uint8Array, mediaType?: string): Promise<void>;
  close(): Promise<void>;
}

/** A descriptor, and nothing else of what was pushed. */
export const descriptorOf = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

/** A registry over this driver. */
export function imagesOn(driver: Driver): Images {
  const handler = createFetchHandler(driver, { legacy: { schema1: 'verify' }, allowMissingReferences: true });

  async function put(repository: string, reference: string, body: Uint8Array, mediaType?: string): Promise<void> {
    const { status, ...response } = await handler(
      new Request(`http://registry/v2/${repository}/manifests/${reference}`, {
        method: 'PUT',
        body: new Uint8Array(body),
        headers: mediaType === undefined ? {} : { 'Content-Type': mediaType },
      }),
    );
    if (status !== 201) throw new Error(`${repository}:${reference} was refused with ${status}: ${JSON.stringify(response)}`);
  }

  const pushManifest: Images['pushManifest'] = async (repository, members, { tag, algorithm } = {}) => {
    const mediaType = 'manifests' in members ? indexType : imageType;
    const document = bytes(JSON.stringify({ schemaVersion: 2, mediaType, ...members }));
    const digest = digestOf(document, algorithm);
    await put(repository, tag ?? digest, document, mediaType);
    return { mediaType, digest, size: document.length, bytes: document };
  };

  return {
    put,
    pushManifest,
    async push(repository, layer, tag) {
      for (const content of [config, layer]) await pushBlob(driver, readName(repository), content);
      const document: ImageDocument = {
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf(layer), size: layer.length }],
      };
      return { ...(await pushManifest(repository, document, { tag })), document };
    },
    close: () => handler.close(),
  };
}
