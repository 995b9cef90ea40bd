/** Drivers that keep the contract in other ways than those of the package do. */
import { memoryDriver } from '../../../drivers/memory.ts';
import type {
  Blob,
  Checkpoint,
  Chunk,
  Digest,
  Driver,
  RepositoryName,
  Upload,
  UploadId,
  UploadStore,
} from '../../../lib/driver.ts';
import { overrideDriver } from '../../../lib/testing/override-driver.ts';
import { readAll } from '../../../lib/testing/suite/samples.ts';
import { listen } from '../server.ts';

/** Uploads whose every state has a version, which has to be handed back. */
class VersionedUploads implements UploadStore {
  readonly #uploads: UploadStore;
  readonly #versions = new Map<UploadId, number>();

  constructor(uploads: UploadStore) {
    this.#uploads = uploads;
    Object.freeze(this);
  }

  async create(repo: RepositoryName, id: UploadId, start: Checkpoint): Promise<Upload> {
    return this.#marked(id, await this.#uploads.create(repo, id, start));
  }

  async get(repo: RepositoryName, id: UploadId): Promise<Upload | undefined> {
    const found = await this.#uploads.get(repo, id);
    return found && this.#marked(id, found);
  }

  async append(repo: RepositoryName, id: UploadId, from: Upload, chunk: Chunk): Promise<Upload | undefined> {
    if (!this.#isAt(id, from)) return undefined;
    const appended = await this.#uploads.append(repo, id, from, chunk);
    if (!appended) return undefined;
    this.#versions.set(id, this.#version(id) + 1);
    return this.#marked(id, appended);
  }

  read(repo: RepositoryName, id: UploadId, at: Upload): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#uploads.read(repo, id, at);
  }

  async commit(repo: RepositoryName, id: UploadId, at: Upload, digest: Digest): Promise<boolean> {
    return this.#isAt(id, at) && this.#uploads.commit(repo, id, at, digest);
  }

  delete(repo: RepositoryName, id: UploadId): Promise<boolean> {
    return this.#uploads.delete(repo, id);
  }

  #version(id: UploadId): number {
    return this.#versions.get(id) ?? 0;
  }

  #marked(id: UploadId, upload: Upload): Upload {
    return { ...upload, token: { version: this.#version(id) } };
  }

  #isAt(id: UploadId, { token }: Upload): boolean {
    return JSON.stringify(token) === JSON.stringify({ version: this.#version(id) });
  }
}

/** A driver that is frozen and of classes with fields of their own, and gives its uploads tokens. */
export class VersioningDriver implements Driver {
  readonly name = 'versioning';
  readonly #memory = memoryDriver();
  readonly uploads = new VersionedUploads(this.#memory.uploads);

  constructor() {
    Object.freeze(this);
  }

  get blobs(): Driver['blobs'] {
    return this.#memory.blobs;
  }

  get manifests(): Driver['manifests'] {
    return this.#memory.manifests;
  }
}

/** A driver that serves its blobs itself, at URLs that only who has them can guess. */
export async function servingDriver(): Promise<Driver> {
  const memory = memoryDriver();
  const served = new Map<string, Blob>();
  const { origin, close } = await listen(async (request, response) => {
    const blob = served.get(request.url ?? '');
    response.writeHead(blob ? 200 : 404).end(await readAll(await blob?.open()));
  });
  const withUrl = (blob: Blob): Blob => {
    const path = `/${served.size}?signature=x`;
    served.set(path, blob);
    return { ...blob, url: async () => `${origin}${path}` };
  };
  const driver = overrideDriver(memory, {
    blobs: {
      get: async (repo, digest) => {
        const blob = await memory.blobs.get(repo, digest);
        return blob && withUrl(blob);
      },
    },
  });
  return { name: 'serving', blobs: driver.blobs, uploads: driver.uploads, manifests: driver.manifests, close };
}
