/** A repository of a registry that is written to. */
import type { Descriptor } from '../../api/bodies.ts';
import type { MediaType } from '../../api/formats.ts';
import { indexType } from '../../api/known-media.ts';
import { streamOf } from '../bytes.ts';
import { type Named, namesInList } from '../names.ts';
import type { Destination, WrittenManifest } from '../place.ts';
import type { Asked, RegistryClient } from './client.ts';
import { digestIn, fallbackTag, getManifest } from './requests.ts';

export class RegistryDestination implements Destination {
  /** `takesWholeBlobs`: whether a blob is pushed by one request, which leaves nothing if it breaks off. Not every registry takes that. */
  constructor(
    readonly name: string,
    private readonly repository: string,
    private readonly client: RegistryClient,
    private readonly takesWholeBlobs: boolean,
  ) {}

  expect(): void {}

  async hasBlob({ digest }: Named): Promise<boolean> {
    const response = await this.client.expect([200, 404], { method: 'HEAD', url: `/v2/${this.repository}/blobs/${digest}` });
    return response.status === 200;
  }

  async putBlob({ digest, size }: Named, open: () => AsyncIterable<Uint8Array>): Promise<void> {
    const uploads = `/v2/${this.repository}/blobs/uploads/`;
    const whole = {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      // A stream without a byte would be sent in chunks.
      body: size === 0 ? () => new Uint8Array(0) : () => streamOf(open()),
    };
    if (this.takesWholeBlobs) return this.#done({ method: 'POST', url: `${uploads}?digest=${digest}`, ...whole });
    const begun = await this.client.expect([202], { method: 'POST', url: uploads, body: () => new Uint8Array(0) });
    await begun.body?.cancel();
    const url = this.client.locationIn(begun.headers.get('location') ?? '', uploads, false);
    url.searchParams.set('digest', digest);
    return this.#done({ method: 'PUT', url, ...whole });
  }

  async hasManifest({ digest, names }: WrittenManifest, tag: string | undefined): Promise<boolean> {
    // Whether a list of referrers has it would have to be looked up as well.
    if (names.subject !== undefined) return false;
    const url = `/v2/${this.repository}/manifests/${tag ?? digest}`;
    const response = await this.client.expect([200, 404], { method: 'HEAD', url, headers: { accept: names.mediaType } });
    return response.status === 200 && digestIn(response) === digest;
  }

  async putManifest(manifest: WrittenManifest, tag: string | undefined): Promise<void> {
    const response = await this.#put(manifest, tag ?? manifest.digest);
    const stored = digestIn(response);
    // A tag has a manifest by the algorithm that the registry prefers.
    if (stored !== undefined && stored !== manifest.digest && sameAlgorithm(stored, manifest.digest))
      throw new Error(`${this.name} says that it has ${manifest.digest} as ${stored}`);
    if (manifest.names.subject !== undefined && !response.headers.has('oci-subject')) await this.#list(manifest);
  }

  async finish(): Promise<void> {}

  async abandon(): Promise<void> {}

  /** Lists a referrer under the tag that stands for the list: distribution specification, "Pushing Manifests with Subject". */
  async #list({ names, digest, bytes }: WrittenManifest): Promise<void> {
    if (names.subject === undefined || !names.referrer) return;
    const tag = fallbackTag(names.subject);
    const before = await getManifest(this.client, this.repository, tag);
    const document = before ? namesInList(before.bytes, indexType as MediaType).document : {};
    const listed = (document.manifests ?? []) as readonly Descriptor[];
    if (listed.some((each) => each.digest === digest)) return;
    const manifests = [...listed, { ...names.referrer, digest, size: bytes.length }];
    const index = Buffer.from(JSON.stringify({ ...document, schemaVersion: 2, mediaType: indexType, manifests }));
    await this.#put({ bytes: index, mediaType: indexType }, tag);
  }

  async #put(
    { bytes, mediaType }: { readonly bytes: Uint8Array; readonly mediaType: string },
    reference: string,
  ): Promise<Response> {
    const url = `/v2/${this.repository}/manifests/${reference}`;
    const headers = { 'content-type': mediaType, 'content-length': String(bytes.length) };
    const response = await this.client.expect(created, { method: 'PUT', url, headers, body: () => new Uint8Array(bytes) });
    await response.body?.cancel();
    return response;
  }

  async #done(asked: Asked): Promise<void> {
    await (await this.client.expect(created, asked)).body?.cancel();
  }
}

/** What says that something is stored. */
const created: readonly number[] = [200, 201, 204];

const sameAlgorithm = (one: string, other: string): boolean => one.split(':')[0] === other.split(':')[0];
