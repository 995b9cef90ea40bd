/** Content of an archive of `docker save` without a layout: it has no manifests, and each image gets the one that is made of what it has. */

import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Descriptor } from '../../api/bodies.ts';
import { type Digest, type MediaType, readDigest } from '../../api/formats.ts';
import { dockerImageType } from '../../api/known-media.ts';
import { createRunningDigest, digestOf } from '../../content/digest.ts';
import { diffIdsIn, readJson, readSavedImages, type SavedImage, savedImageNamed } from '../../layout/saved-images.ts';
import type { Named } from '../names.ts';
import type { FoundManifest, Source } from '../place.ts';
import { type ImageFiles, type PlacedFile, readSmall } from './image-files.ts';

const configType = 'application/vnd.docker.container.image.v1+json';
const layerType = 'application/vnd.docker.image.rootfs.diff.tar';

/** How large `manifest.json`, and how large a configuration may be. */
const most = { list: 64 * 1024 * 1024, config: 16 * 1024 * 1024 };

/** Opens an archive. Throws an Error for what is none. */
export async function savedSource(files: ImageFiles): Promise<Source> {
  const bytes = await readSmall(files, 'manifest.json', most.list);
  if (!bytes) throw new Error(`${files.name} is no archive of images: it has neither a file oci-layout nor manifest.json`);
  return new SavedSource(files, readSavedImages(bytes, files.name));
}

class SavedSource implements Source {
  readonly name: string;
  /** What the manifests name that were made, by digest. */
  readonly #blobs = new Map<Digest, PlacedFile>();
  readonly #made = new Map<SavedImage, Promise<FoundManifest>>();

  constructor(
    private readonly files: ImageFiles,
    private readonly images: readonly SavedImage[],
  ) {
    this.name = files.name;
  }

  async usual(): Promise<string> {
    const image = savedImageNamed(this.images, undefined, this.name);
    return image.tags[0] ?? (await this.#manifestOf(image)).digest;
  }

  async references(): Promise<readonly string[]> {
    return this.images.flatMap(({ tags }) => tags);
  }

  async manifest(reference: string): Promise<FoundManifest> {
    if (readDigest(reference) === undefined) return this.#manifestOf(savedImageNamed(this.images, reference, this.name));
    for (const image of this.images) {
      const made = await this.#manifestOf(image);
      if (made.digest === reference) return made;
    }
    throw new Error(`${this.name} has no image whose manifest would be ${reference}`);
  }

  async hasBlob({ digest }: Named): Promise<boolean> {
    return this.#blobs.has(digest);
  }

  async *blob({ digest }: Named): AsyncGenerator<Uint8Array> {
    const file = this.#blobs.get(digest);
    if (!file) throw new Error(`${this.name} has no blob ${digest}`);
    yield* file.read();
  }

  async referrers(): Promise<readonly Descriptor[]> {
    return [];
  }

  close(): Promise<void> {
    return this.files.close();
  }

  #manifestOf(image: SavedImage): Promise<FoundManifest> {
    const before = this.#made.get(image);
    if (before) return before;
    const made = this.#make(image);
    this.#made.set(image, made);
    return made;
  }

  /** The manifest of Docker's format that names the configuration and the layers as they are. */
  async #make({ config: path, layers: paths }: SavedImage): Promise<FoundManifest> {
    const bytes = await readSmall(this.files, path, most.config);
    if (!bytes) throw this.#missing(path);
    const config = { mediaType: configType, size: bytes.length, digest: digestOf(bytes, 'sha256') };
    const [hex] = /[0-9a-f]{64}/.exec(path) ?? [];
    if (hex !== undefined && config.digest !== `sha256:${hex}`)
      throw new Error(`${this.name} has other bytes as ${path}: their digest is ${config.digest}`);
    this.#keep(config.digest, { size: bytes.length, read: () => once(bytes) });
    const diffIds = diffIdsIn(readJson(bytes, path, this.name));
    const layers: Named[] = [];
    for (const [place, each] of paths.entries())
      layers.push(await this.#layer(each, Array.isArray(diffIds) ? diffIds[place] : undefined));
    if (Array.isArray(diffIds) && diffIds.length !== layers.length)
      throw new Error(`${this.name} has ${layers.length} layers of ${path}, which names ${diffIds.length}`);
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: dockerImageType, config, layers }));
    return { bytes: manifest, digest: digestOf(manifest, 'sha256'), mediaType: dockerImageType as MediaType };
  }

  /**
   * A layer as it is. The configuration has the digest that it has without compression; one that is compressed is read once to find out its
   * own.
   */
  async #layer(path: string, diffId: unknown): Promise<Named> {
    const file = await this.files.find(path);
    if (!file) throw this.#missing(path);
    const named = typeof diffId === 'string' ? readDigest(diffId) : undefined;
    if (named === undefined) throw new Error(`${this.name} has a layer ${path} that its configuration does not name`);
    const isCompressed = await isGzip(file);
    const digest = isCompressed ? await this.#compressedDigest(file, named, path) : named;
    this.#keep(digest, file);
    return { mediaType: isCompressed ? `${layerType}.gzip` : layerType, size: file.size, digest };
  }

  async #compressedDigest(file: PlacedFile, diffId: Digest, path: string): Promise<Digest> {
    const [whole, unpacked] = [createRunningDigest('sha256'), createRunningDigest('sha256')];
    async function* hashed() {
      for await (const piece of file.read()) {
        whole.update(piece);
        yield piece;
      }
    }
    await pipeline(hashed, createGunzip(), async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) unpacked.update(piece);
    });
    if (unpacked.digest() !== diffId)
      throw new Error(
        `${this.name} has a layer ${path} that is not that of the configuration: its digest is ${unpacked.digest()}`,
      );
    return whole.digest();
  }

  #keep(digest: Digest, file: PlacedFile): void {
    this.#blobs.set(digest, file);
  }

  #missing(path: string): Error {
    return new Error(`${this.name} has no file ${path}, which its manifest.json names`);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function isGzip({ read }: PlacedFile): Promise<boolean> {
  for await (const piece of read()) return piece[0] === 0x1f && piece[1] === 0x8b;
  return false;
}
