/** Work on a driver that a failure of its storage may interrupt, and work on uploads in particular. */
import assert from 'node:assert/strict';
import type { Driver, RepositoryName, Upload, UploadId } from '../../../driver.ts';
import { chunkOf, digestOf, drained, newId, nothing, repo, sameBytes, sample, uploaded } from '../samples.ts';
import { blobStep, fresh, type Step } from './standing.ts';

/** Work that has not begun. */
export interface Work {
  /** Stores what the work needs; once more, if that was an upload and has ended. */
  prepare?(driver: Driver): Promise<void>;
  /** False if the driver says that what the work needs is not there. */
  act(driver: Driver): Promise<boolean>;
  /** What the work changes, in the order of rule 3. */
  readonly steps: readonly Step[];
  /** The upload that was prepared. */
  readonly upload?: UploadId;
  /** After it threw: fails if what is so must not be; false if the work has to be prepared once more. */
  threw?(driver: Driver): Promise<boolean>;
  /** When all is over: fails if something comes back. */
  after?(driver: Driver): Promise<void>;
}

/** An upload that was prepared, and how it stood then. */
export interface Prepared {
  readonly id: UploadId;
  readonly upload: Upload;
}

/** How far an upload is that is not complete. */
export const half = 800;
const refusal = sample(500, 'refused');
const tail = sample(100, 'tail');

/** The fresh blob from where an upload stands, up to `end`. */
const bodyFrom = ({ offset }: Upload, end = fresh.length) => chunkOf(fresh.subarray(0, offset), [[fresh.subarray(offset, end)]]);

/** Pushes the fresh blob in bodies that end at these positions. */
export async function push(driver: Driver, at: RepositoryName, ends: readonly number[]): Promise<boolean> {
  const id = newId();
  let upload = await driver.uploads.create(at, id, nothing);
  for (const end of ends) {
    const appended = await driver.uploads.append(at, id, upload, bodyFrom(upload, end));
    if (appended === undefined) return false;
    upload = appended;
  }
  return driver.uploads.commit(at, id, upload, digestOf(fresh));
}

/** Work on an upload that has the first bytes of the fresh blob. */
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
      prepared = { id, upload: await uploaded(driver, repo, id, fresh.subarray(0, length)) };
    },
    get upload() {
      return latest().id;
    },
  };
}

/** Appends the rest of the fresh blob, wherever the upload stands. */
export async function appendRest(driver: Driver, { id }: Prepared): Promise<boolean> {
  const upload = await driver.uploads.get(repo, id);
  if (upload === undefined || upload.offset === fresh.length) return upload !== undefined;
  return (await driver.uploads.append(repo, id, upload, bodyFrom(upload))) !== undefined;
}

/** Commits an upload as it was prepared. */
export function commit(driver: Driver, { id, upload }: Prepared): Promise<boolean> {
  return driver.uploads.commit(repo, id, upload, digestOf(fresh.subarray(0, upload.offset)));
}

/** Appends bytes that are refused while they are being read; throws if the upload has ended over that. */
async function refuse(driver: Driver, { id, upload }: Prepared): Promise<void> {
  const body = chunkOf(fresh.subarray(0, upload.offset), [[refusal], new Error('not the promised bytes')]);
  // It throws in any case, the refusal or a failure. What it has left of the upload is looked at.
  await driver.uploads.append(repo, id, upload, body).catch(() => undefined);
  if ((await driver.uploads.get(repo, id)) === undefined) throw new Error('the upload has ended');
}

/** The commit of an upload after an append to it was refused. */
export function commitAfterRefusal(content: Uint8Array): Work {
  const refused = new Set<UploadId>();
  return onUpload(content.length, (prepared) => ({
    async act(driver) {
      const { id } = prepared();
      // Once only: nothing can be added to an upload that is being committed.
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

/** After an append that threw: the upload stands where it did, which is said, or has ended. */
export async function standsOrHasEnded(driver: Driver, { id, upload }: Prepared): Promise<boolean> {
  const found = await driver.uploads.get(repo, id);
  assert.ok(!found || found.offset === upload.offset, `after an append that threw, the upload stands at ${found?.offset}`);
  return found !== undefined;
}

/** The upload has come from one position to another; undefined: it has ended. */
export function uploadStep(prepared: () => Prepared, from: number, to: number | undefined): Step {
  return {
    what: to === undefined ? 'the upload has ended' : `the upload stands at ${to}`,
    ofUpload: true,
    async done(driver) {
      const { id } = prepared();
      const upload = await driver.uploads.get(repo, id);
      if (upload === undefined) return to === undefined;
      assert.ok(upload.offset === from || upload.offset === to, `the upload stands at ${upload.offset}`);
      sameBytes(await drained(await driver.uploads.read(repo, id, upload)), fresh.subarray(0, upload.offset));
      return upload.offset === to;
    },
  };
}

/** Fails if an upload is there and is not right: if its bytes are not those of its checkpoint, or it cannot go on to its end. */
export async function isRight(driver: Driver, id: UploadId): Promise<void> {
  const upload = await driver.uploads.get(repo, id);
  const found = upload && (await drained(await driver.uploads.read(repo, id, upload)));
  if (upload === undefined || found === undefined) return;
  const before = fresh.subarray(0, upload.offset);
  sameBytes(found, before);
  assert.ok(upload.digest === undefined || upload.digest === digestOf(before), 'the upload has the digest of other bytes');
  const complete = await driver.uploads.append(repo, id, upload, chunkOf(before, [[tail]]));
  assert.ok(complete, 'the upload is there, and takes no more bytes');
  assert.equal(await driver.uploads.commit(repo, id, complete, digestOf(Buffer.concat([before, tail]))), true);
}
