/** Work on a driver that may be interrupted, and the parts of work on uploads. */
import assert from 'node:assert/strict';
import type { Driver, RepositoryName, Upload, UploadId } from '../../../driver.ts';
import {
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  lastChunk,
  newId,
  readAll,
  repo,
  sample,
  uploadBytes,
} from '../samples.ts';
import { blobStep, fresh, type Step } from './consistency.ts';

/** Work that can be prepared, done and repeated. */
export interface Work {
  /** Stores what the work needs. Called again if that was an upload which has ended. */
  prepare?(driver: Driver): Promise<void>;
  /** Does the work; false if the driver answers that what it needs is absent. */
  act(driver: Driver): Promise<boolean>;
  /** The changes that the work makes, in the order of rule 3 of the contract. */
  readonly steps: readonly Step[];
  /** The upload that was prepared. */
  readonly upload?: UploadId;
  /** Called after `act` threw. Fails if the state is forbidden; false if the work must be prepared again. */
  threw?(driver: Driver): Promise<boolean>;
  /** Called at the very end. Fails if something that was deleted comes back. */
  after?(driver: Driver): Promise<void>;
}

/** An upload that was prepared, and its state then. */
export interface Prepared {
  readonly id: UploadId;
  readonly upload: Upload;
}

/** The offset of an incomplete upload of the fresh blob. */
export const half = 800;
const refusal = sample(500, 'refused');
const tail = sample(100, 'tail');

/** The bytes of the fresh blob from the offset of an upload to `end`, as a chunk. */
const bodyFrom = ({ offset }: Upload, end = fresh.length) => chunkOf(fresh.subarray(0, offset), [[fresh.subarray(offset, end)]]);

/** Pushes the fresh blob in bodies that end at these positions. */
export async function push(driver: Driver, at: RepositoryName, ends: readonly number[]): Promise<boolean> {
  const id = newId();
  let upload = await driver.uploads.create(at, id, emptyCheckpoint);
  for (const end of ends) {
    const appended = await driver.uploads.append(at, id, upload, bodyFrom(upload, end));
    if (appended === undefined) return false;
    upload = appended;
  }
  return driver.uploads.commit(at, id, upload, digestOf(fresh));
}

/** Creates work on an upload that has the first `length` bytes of the fresh blob. */
export function onUpload(length: number, work: (prepared: () => Prepared) => Pick<Work, 'act' | 'steps' | 'threw'>): Work {
  let prepared: Prepared | undefined;
  const latest = (): Prepared => {
    assert.ok(prepared, 'the work was not prepared');
    return prepared;
  };
  return {
    ...work(latest),
    async prepare(driver) {
      const id = newId();
      prepared = { id, upload: await uploadBytes(driver, repo, id, fresh.subarray(0, length)) };
    },
    get upload() {
      return latest().id;
    },
  };
}

/** Appends the rest of the fresh blob from the current offset of the upload. */
export async function appendRest(driver: Driver, { id }: Prepared): Promise<boolean> {
  const upload = await driver.uploads.get(repo, id);
  if (upload === undefined || upload.offset === fresh.length) return upload !== undefined;
  return (await driver.uploads.append(repo, id, upload, bodyFrom(upload))) !== undefined;
}

/** Commits an upload in the state in which it was prepared. */
export function commit(driver: Driver, { id, upload }: Prepared): Promise<boolean> {
  return driver.uploads.commit(repo, id, upload, digestOf(fresh.subarray(0, upload.offset)));
}

/** Completes an upload from where it stands. Where it has ended, says whether the repository holds the blob. */
export async function complete(driver: Driver, { id }: Prepared): Promise<boolean> {
  const upload = await driver.uploads.get(repo, id);
  if (upload === undefined) return (await driver.blobs.get(repo, digestOf(fresh))) !== undefined;
  return (await driver.uploads.complete?.(repo, id, upload, lastChunk(bodyFrom(upload)), digestOf(fresh))) === true;
}

/** Appends a chunk that throws while it is read; throws if the upload has ended because of that. */
async function refuse(driver: Driver, { id, upload }: Prepared): Promise<void> {
  const body = chunkOf(fresh.subarray(0, upload.offset), [[refusal], new Error('not the promised bytes')]);
  // It rejects in any case, with the error of the chunk or with a fault. What matters is the state of the upload afterwards.
  await driver.uploads.append(repo, id, upload, body).catch(() => undefined);
  if ((await driver.uploads.get(repo, id)) === undefined) throw new Error('the upload has ended');
}

/** The commit of an upload after an append to it was refused. */
export function commitAfterRefusal(content: Uint8Array): Work {
  const refused = new Set<UploadId>();
  return onUpload(content.length, (prepared) => ({
    async act(driver) {
      const { id } = prepared();
      // Only once for each upload: nothing can be appended once a commit has begun.
      if (!refused.has(id)) {
        refused.add(id);
        await refuse(driver, prepared());
      }
      return commit(driver, prepared());
    },
    steps: [blobStep(repo, content, true)],
    threw: async (driver) => (await driver.uploads.get(repo, prepared().id)) !== undefined,
  }));
}

/** After an append of the rest that threw: true if the upload is where it was, or at its end; false if it is gone. Fails if it is elsewhere. */
export async function assertMovedWholeOrEnded(driver: Driver, { id, upload }: Prepared): Promise<boolean> {
  const found = await driver.uploads.get(repo, id);
  const isWhole = found?.offset === upload.offset || found?.offset === fresh.length;
  assert.ok(!found || isWhole, `after an append that threw, the upload stands at ${found?.offset}`);
  return found !== undefined;
}

/** The upload moves from one offset to another; undefined means that it ends. */
export function uploadStep(prepared: () => Prepared, from: number, to: number | undefined): Step {
  return {
    what: to === undefined ? 'the upload has ended' : `the upload stands at ${to}`,
    ofUpload: true,
    async done(driver) {
      const { id } = prepared();
      const upload = await driver.uploads.get(repo, id);
      if (upload === undefined) return to === undefined;
      assert.ok(upload.offset === from || upload.offset === to, `the upload stands at ${upload.offset}`);
      assertSameBytes(await readAll(await driver.uploads.read(repo, id, upload)), fresh.subarray(0, upload.offset));
      return upload.offset === to;
    },
  };
}

/** Fails if an upload is there and its bytes are not those of its checkpoint, or if it cannot be continued and committed. */
export async function assertUploadIntact(driver: Driver, id: UploadId): Promise<void> {
  const upload = await driver.uploads.get(repo, id);
  const found = upload && (await readAll(await driver.uploads.read(repo, id, upload)));
  if (upload === undefined || found === undefined) return;
  const before = fresh.subarray(0, upload.offset);
  assertSameBytes(found, before);
  assert.ok(upload.digest === undefined || upload.digest === digestOf(before), 'the upload has the digest of other bytes');
  const complete = await driver.uploads.append(repo, id, upload, chunkOf(before, [[tail]]));
  assert.ok(complete, 'the upload is there, but an append to it is undefined');
  assert.equal(await driver.uploads.commit(repo, id, complete, digestOf(Buffer.concat([before, tail]))), true);
}
