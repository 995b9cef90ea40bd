/** Content of a repository of a registry. */
import type { Descriptor } from '../../api/bodies.ts';
import { type Digest, type MediaType, readTag } from '../../api/formats.ts';
import { indexType } from '../../api/known-media.ts';
import { isObject } from '../../content/json.ts';
import { gathered } from '../bytes.ts';
import { type Named, namesInList } from '../names.ts';
import type { FoundManifest, Source } from '../place.ts';
import type { RegistryClient } from './client.ts';
import { fallbackTag, getManifest } from './requests.ts';

/** How large a page of a list may be, in bytes, and how much there may be in a whole list: a registry need not end it. */
const pageBytes = 8 * 1024 * 1024;
const mostListed = { entries: 100_000, pages: 1_000 };

export class RegistrySource implements Source {
  constructor(
    readonly name: string,
    private readonly repository: string,
    private readonly client: RegistryClient,
  ) {}

  async usual(): Promise<string> {
    return 'latest';
  }

  async references(): Promise<readonly string[]> {
    const pages = this.#pages(`/v2/${this.repository}/tags/list?n=1000`, [200]);
    const tags = await this.#all(pages, (bytes) => {
      const page: unknown = JSON.parse(Buffer.from(bytes).toString());
      const list: unknown = isObject(page) ? (page.tags ?? []) : undefined;
      if (!Array.isArray(list) || !list.every((tag) => typeof tag === 'string' && readTag(tag) !== undefined))
        throw new Error(`${this.name} gives a list of tags that is none`);
      return list as string[];
    });
    return [...new Set(tags)];
  }

  async manifest(reference: string): Promise<FoundManifest> {
    const found = await getManifest(this.client, this.repository, reference);
    if (!found) throw new Error(`${this.name} has no manifest ${reference}`);
    return found;
  }

  async hasBlob({ digest }: Named): Promise<boolean> {
    return (await this.client.expect([200, 404], { method: 'HEAD', url: this.#blob(digest) })).status === 200;
  }

  async *blob({ digest }: Named): AsyncGenerator<Uint8Array> {
    const headers = { 'accept-encoding': 'identity' };
    const response = await this.client.expect([200], { method: 'GET', url: this.#blob(digest), headers });
    yield* this.client.piecesOf(response);
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    const read = (bytes: Uint8Array): readonly Descriptor[] => {
      const { manifests, either } = namesInList(bytes, indexType as MediaType);
      return [...manifests, ...either];
    };
    const first = `/v2/${this.repository}/referrers/${subject}`;
    const pages = this.#pages(first, [200, 404, 405]);
    const { value: page } = await pages.next();
    if (page?.response.status === 200) return this.#all(withFirst(page, pages), read);
    const listed = await getManifest(this.client, this.repository, fallbackTag(subject));
    return listed ? read(listed.bytes) : [];
  }

  async close(): Promise<void> {}

  #blob(digest: Digest): string {
    return `/v2/${this.repository}/blobs/${digest}`;
  }

  /** The pages of a list. The first may have other statuses than 200, and is then the only one. */
  async *#pages(first: string, statuses: readonly number[]): AsyncGenerator<Page> {
    for (let next: string | URL | undefined = first; next !== undefined; ) {
      const response: Response = await this.client.expect(next === first ? statuses : [200], { method: 'GET', url: next });
      const bytes = await gathered(this.client.piecesOf(response), pageBytes, `a list of ${this.name}`);
      yield { response, bytes };
      const [, link] = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(response.headers.get('link') ?? '') ?? [];
      next = link === undefined || response.status !== 200 ? undefined : this.client.locationIn(link, next, true);
    }
  }

  async #all<T>(pages: AsyncIterable<Page>, read: (bytes: Uint8Array) => readonly T[]): Promise<T[]> {
    const all: T[] = [];
    let count = 0;
    for await (const { bytes } of pages) {
      all.push(...read(bytes));
      count += 1;
      if (all.length > mostListed.entries || count > mostListed.pages)
        throw new Error(`${this.name} gives a list that does not end`);
    }
    return all;
  }
}

/** One page of a list. */
interface Page {
  readonly response: Response;
  readonly bytes: Uint8Array;
}

async function* withFirst(first: Page, others: AsyncIterable<Page>): AsyncGenerator<Page> {
  yield first;
  yield* others;
}
