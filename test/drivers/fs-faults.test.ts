/** What the file system driver does when the file system fails it, at every call of every flow. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { memfs } from 'memfs';
import { describe, it } from 'vitest';
import { fsDriver, type SystemFile } from '../../drivers/fs.ts';
import { type Driver, type FaultKind, isStorageFault, type Upload, type UploadId } from '../../lib/driver.ts';
import {
  allReferrers,
  assertSameBytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readAll,
  readTag,
  referrerOf,
  repo,
  sample,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';
import { type Call, type Watched, watch } from '../support/drivers/watched-file-system.ts';

const root = '/registry';
const content = sample(100_000);
const fresh = sample(70_000, 'fresh');
const manifest = manifestOf('{"a":1}');
const signature = referrerOf('{"b":1}', manifest.digest);
const [latest, next] = [readTag('latest'), readTag('Next')];
const far = new Date(Date.now() + 1e9);
type Promises = ReturnType<typeof memfs>['fs']['promises'];

/** The files of uploads: holder and offset as they are named, and the size. */
async function uploadsOn(disk: Promises): Promise<[string, number | bigint][]> {
  const found: [string, number | bigint][] = [];
  for (const shard of await disk.readdir(`${root}/uploads`).catch(() => [])) {
    for (const name of await disk.readdir(`${root}/uploads/${shard}`)) {
      const { size } = await disk.stat(`${root}/uploads/${shard}/${name}`);
      found.push([String(name).split('.').slice(2, 4).join('.'), size]);
    }
  }
  return found;
}

const kinds: Readonly<Record<string, FaultKind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EMFILE: 'busy',
  ENFILE: 'busy',
  EIO: 'broken',
  EACCES: 'broken',
};

/** A flow whose every call fails once. */
interface Flow<State> {
  readonly name: string;
  /** What is there before. */
  prepare(driver: Driver): Promise<State>;
  /** What is tried, and tried again after it failed. */
  act(driver: Driver, state: State): Promise<unknown>;
  /** What must be so after the flow failed and before it is tried again. */
  failed?(driver: Driver, state: State): Promise<void>;
  /** What must be so in the end. */
  done(driver: Driver, state: State): Promise<void>;
}

interface Begun {
  readonly id: UploadId;
  readonly upload: Upload;
}

async function begun(driver: Driver, length: number): Promise<Begun> {
  const id = newId();
  return { id, upload: await uploadBytes(driver, repo, id, fresh.subarray(0, length)) };
}

/** Asserts that an upload stands where it did, or is gone. */
async function standsOrIsGone(driver: Driver, { id, upload }: Begun): Promise<void> {
  const found = await driver.uploads.get(repo, id);
  if (found === undefined) return;
  assert.equal(found.offset, upload.offset);
  assertSameBytes(await readAll(await driver.uploads.read(repo, id, found)), fresh.subarray(0, upload.offset));
}

const putBlob = async (driver: Driver, bytes: Uint8Array) =>
  driver.blobs.put?.(repo, digestOf(bytes), chunkOf(new Uint8Array(0), [[bytes.subarray(0, 100)], [bytes.subarray(100)]]));
const gone = async (driver: Driver, { id }: Begun) => assert.equal(await driver.uploads.get(repo, id), undefined);
const freshIsThere = async (driver: Driver) => assertSameBytes(await pullBlob(driver, repo, digestOf(fresh)), fresh);
const anything = async () => undefined;

/** Goes on with an upload, or begins again if it is gone. */
async function finish(driver: Driver, { id }: Begun): Promise<unknown> {
  const upload = await driver.uploads.get(repo, id);
  if (upload === undefined) return pushBlob(driver, repo, fresh);
  const rest = chunkOf(fresh.subarray(0, upload.offset), [[fresh.subarray(upload.offset, 60_000)], [fresh.subarray(60_000)]]);
  return driver.uploads.append(repo, id, upload, rest);
}

async function finished(driver: Driver, { id }: Begun): Promise<void> {
  const upload = await driver.uploads.get(repo, id);
  if (upload) assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(fresh)), true);
  await freshIsThere(driver);
}

/** The flow, whose state is nobody else's business: what happens when its `turn`th call fails. */
function flow<State>(about: Flow<State>) {
  return { name: about.name, failsOnce: (turn: number, code: string) => failsOnce(about, turn, code) };
}

const flows = [
  flow({
    name: 'a push',
    prepare: anything,
    act: (driver) => pushBlob(driver, repo, fresh),
    done: freshIsThere,
  }),
  flow({
    name: 'the beginning of an upload',
    prepare: anything,
    act: (driver) => driver.uploads.create(repo, newId(), emptyCheckpoint),
    failed: async (driver) => assert.equal(await driver.uploads.expire?.(far), 0, 'something of the upload was left'),
    done: anything,
  }),
  flow({
    name: 'a push in one call',
    prepare: anything,
    act: (driver) => putBlob(driver, fresh),
    done: freshIsThere,
  }),
  flow({
    name: 'a push of a blob that is there',
    prepare: anything,
    act: (driver) => pushBlob(driver, repo, content),
    done: anything,
  }),
  flow({
    name: 'an append',
    prepare: (driver) => begun(driver, 10),
    act: finish,
    failed: standsOrIsGone,
    done: finished,
  }),
  flow({
    name: 'a commit',
    prepare: (driver) => begun(driver, fresh.length),
    act: async (driver, { id, upload }) => assert.equal(await driver.uploads.commit(repo, id, upload, digestOf(fresh)), true),
    done: async (driver, state) => {
      await freshIsThere(driver);
      await gone(driver, state);
    },
  }),
  flow({
    name: 'the end of an upload',
    prepare: (driver) => begun(driver, 10),
    act: (driver, { id }) => driver.uploads.delete(repo, id),
    done: gone,
  }),
  flow({
    name: 'an expiry',
    prepare: (driver) => begun(driver, 10),
    act: async (driver) => driver.uploads.expire?.(far),
    done: gone,
  }),
  flow({
    name: 'a mount',
    prepare: anything,
    act: async (driver) => assert.equal(await driver.blobs.mount?.(other, digestOf(content)), true),
    done: async (driver) => assertSameBytes(await pullBlob(driver, other, digestOf(content)), content),
  }),
  flow({
    name: 'the deletion of a blob',
    prepare: (driver) => pushBlob(driver, repo, fresh),
    act: (driver, digest) => driver.blobs.delete(repo, digest),
    done: async (driver, digest) => assert.equal(await driver.blobs.get(repo, digest), undefined),
  }),
  flow({
    name: 'a manifest with a subject',
    prepare: anything,
    act: (driver) => driver.manifests.put(repo, signature),
    done: async (driver) => assert.equal((await allReferrers(driver, repo, manifest.digest)).length, 1),
  }),
  flow({
    name: 'a tag',
    prepare: anything,
    act: async (driver) => assert.equal(await driver.manifests.tag(repo, next, manifest.digest), true),
    done: async (driver) => assert.equal(await driver.manifests.resolve(repo, next), manifest.digest),
  }),
  flow({
    name: 'a tag where none is expected',
    prepare: anything,
    act: (driver) => driver.manifests.tag(repo, next, manifest.digest, null),
    done: async (driver) => assert.equal(await driver.manifests.resolve(repo, next), manifest.digest),
  }),
  flow({
    name: 'an untag',
    prepare: (driver) => driver.manifests.tag(repo, next, manifest.digest),
    act: (driver) => driver.manifests.untag(repo, next, manifest.digest),
    done: async (driver) => assert.equal(await driver.manifests.resolve(repo, next), undefined),
  }),
  flow({
    name: 'the deletion of a manifest',
    prepare: async (driver) => {
      await driver.manifests.put(repo, signature);
      await driver.manifests.tag(repo, next, signature.digest);
    },
    act: (driver) => driver.manifests.delete(repo, signature.digest),
    done: async (driver) => {
      assert.equal(await driver.manifests.get(repo, signature.digest), undefined);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['latest']);
      assert.deepEqual(await allReferrers(driver, repo, manifest.digest), []);
    },
  }),
  flow({
    name: 'everything that is read',
    prepare: (driver) => driver.manifests.put(repo, signature),
    act: acknowledgedIsWhole,
    done: anything,
  }),
];

/** What every flow finds there, and must leave there. */
async function acknowledge(driver: Driver): Promise<void> {
  await pushBlob(driver, repo, content);
  await driver.manifests.put(repo, manifest);
  await driver.manifests.tag(repo, latest, manifest.digest);
}

async function acknowledgedIsWhole(driver: Driver): Promise<void> {
  assertSameBytes(await pullBlob(driver, repo, digestOf(content)), content);
  assertSameBytes(await pullBlob(driver, repo, digestOf(content), { first: 5, last: 9 }), content.subarray(5, 10));
  assertSameBytes((await driver.manifests.get(repo, manifest.digest))?.bytes, manifest.bytes);
  assert.equal(await driver.manifests.resolve(repo, latest), manifest.digest);
  assert.ok((await driver.manifests.tags(repo, { limit: 10 }))?.includes(latest));
  assert.ok((await driver.manifests.repositories({ limit: 10 })).includes(repo));
  await allReferrers(driver, repo, manifest.digest);
}

/** Runs a flow whose `turn`th call fails. False if the flow has fewer calls. */
async function failsOnce<State>(about: Flow<State>, turn: number, code: string): Promise<boolean> {
  const disk = memfs({ [root]: null }).fs.promises;
  const watched = watch(root, disk);
  const driver = fsDriver({ root, fs: watched.fs });
  await acknowledge(driver);
  const state = await about.prepare(driver);
  const before = watched.calls.length;
  const failure = (call: Call) => (call === watched.calls[before + turn] ? code : undefined);
  watched.failing(failure);
  const error = await about.act(driver, state).then(
    () => undefined,
    (thrown: unknown) => thrown ?? 'nothing',
  );
  watched.failing(() => undefined);
  const failing = watched.calls[before + turn];
  if (failing === undefined) return false;
  const where = `${code} at call ${turn}: ${failing.name} ${failing.key}`;
  if (error !== undefined || !mayFail(failing)) {
    assert.ok(isStorageFault(error), `${where} gave ${error}`);
    assert.equal(error.kind, kinds[code], where);
  }
  await nothingIsLeft(watched, failing, where, () => disk.readdir(`${root}/staging`));
  if (error !== undefined) {
    await about.failed?.(driver, state);
    await about.act(driver, state);
  }
  await about.done(driver, state);
  await acknowledgedIsWhole(driver);
  await sweptClean(fsDriver({ root, fs: disk, alive: () => false }), disk);
  return true;
}

/** What is done when everything was done already: it is made up for later. */
function mayFail({ name, to }: Call): boolean {
  return name === 'close' || name === 'rmdir' || (name === 'rename' && to?.endsWith('/free') === true);
}

async function nothingIsLeft(watched: Watched, failing: Call, where: string, staging: () => Promise<unknown>): Promise<void> {
  assert.equal(watched.open(), 0, `${where} left a file open`);
  assert.deepEqual(watched.strayed, []);
  // What cannot be removed stays until it is swept.
  if (failing.name !== 'rm') assert.deepEqual(await staging(), [], `${where} left a temporary file`);
}

/** Another driver's expiry leaves no upload and nothing in staging. */
async function sweptClean(driver: Driver, disk: Promises): Promise<void> {
  await driver.uploads.expire?.(far);
  assert.deepEqual(await uploadsOn(disk), []);
  assert.deepEqual(await disk.readdir(`${root}/staging`), []);
  await acknowledgedIsWhole(driver);
}

describe('fsDriver when its file system fails', () => {
  for (const code of Object.keys(kinds)) {
    for (const each of flows) {
      it(`${code} at any call of ${each.name} is a storage fault, leaves nothing behind and can be repeated`, async () => {
        let turns = 0;
        while (await each.failsOnce(turns, code)) turns++;
        assert.ok(turns > 0, `${each.name} makes no call`);
      });
    }
  }

  it('an upload whose bytes could not be synced is gone', async () => {
    const watched = watch(root, memfs().fs.promises);
    const driver = fsDriver({ root, fs: watched.fs });
    const state = await begun(driver, 10);
    watched.failing(({ name, key }) => (name === 'datasync' && key.startsWith('uploads') ? 'EIO' : undefined));
    await assert.rejects(() => finish(driver, state), isStorageFault);
    watched.failing(() => undefined);
    await gone(driver, state);
  });

  it('an upload whose bytes could not be written stands where it stood, and takes no more space', async () => {
    const disk = memfs().fs.promises;
    const watched = watch(root, disk);
    const driver = fsDriver({ root, fs: watched.fs });
    const { id, upload } = await begun(driver, 10);
    let writes = 0;
    watched.failing(({ name, key }) => (name === 'writev' && key.startsWith('uploads') && ++writes === 3 ? 'ENOSPC' : undefined));
    const slowly = () => setTimeout(5);
    const steps = [10, 20, 30, 40].flatMap((first) => [[fresh.subarray(first, first + 10)], slowly]);
    await assert.rejects(
      () => driver.uploads.append(repo, id, upload, chunkOf(fresh.subarray(0, 10), steps)),
      (error) => isStorageFault(error) && error.kind === 'full',
    );
    assert.deepEqual(await uploadsOn(disk), [[`free.10`, 10]]);
    assert.equal((await driver.uploads.get(repo, id))?.offset, 10);
  });

  it('a chunk that throws while its last bytes are being written leaves none of them', async () => {
    const disk = memfs().fs.promises;
    const slow = async (path: string, flags: number): Promise<SystemFile> => {
      const file = await watch(root, disk).fs.open(path, flags);
      const writev = (buffers: Uint8Array[], position: number) => setTimeout(20).then(() => file.writev(buffers, position));
      // As with a real file, what is under way comes to its end before the file is closed.
      return { ...file, writev, close: () => setTimeout(40).then(() => file.close()) };
    };
    const driver = fsDriver({ root, fs: { ...watch(root, disk).fs, open: slow } });
    const { id, upload } = await begun(driver, 10);
    const failure = new Error('not the promised bytes');
    const chunk = chunkOf(fresh.subarray(0, 10), [[fresh.subarray(10, 20)], [fresh.subarray(20, 30)], failure]);
    await assert.rejects(() => driver.uploads.append(repo, id, upload, chunk), failure);
    assert.deepEqual(await uploadsOn(disk), [['free.10', 10]]);
  });

  it('a failure names what was being done, and has its cause', async () => {
    const watched = watch(root, memfs().fs.promises);
    const driver = fsDriver({ root, fs: watched.fs });
    watched.failing(({ name }) => (name === 'mkdir' ? 'EACCES' : undefined));
    await assert.rejects(
      () => driver.uploads.create(repo, newId(), emptyCheckpoint),
      (error) => isStorageFault(error) && /instances.*EACCES/.test(error.message) && error.cause instanceof Error,
    );
  });
});
