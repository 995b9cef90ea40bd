/** What a driver in memory holds can be kept, and had again. */
import { expect, test } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { readMediaType } from '../../lib/index.ts';
import {
  bytes,
  chunkOf,
  digestOf,
  newId,
  other,
  pullBlob,
  pushBlob,
  readTag,
  repo,
  uploadBytes,
} from '../../lib/testing/suite/samples.ts';

const latest = readTag('latest');
const first = { digest: digestOf(bytes('{}')), mediaType: readMediaType('text/x') as never, bytes: bytes('{}') };
const second = { ...first, digest: digestOf(bytes('[]')), bytes: bytes('[]') };
const list = { limit: 10 };

async function filled() {
  const driver = memoryDriver();
  const blob = await pushBlob(driver, repo, bytes('blob'));
  await driver.manifests.putTagged?.(repo, { ...first, subject: second.digest, referrer: { ...first, size: 2 } }, [latest]);
  return { driver, blob };
}

test('what is restored is what was held: blobs, manifests, tags, referrers, and repositories', async () => {
  const { driver, blob } = await filled();
  const before = driver.snapshot();
  await driver.blobs.delete(repo, blob);
  await driver.manifests.delete(repo, first.digest);
  await driver.manifests.put(other, second);
  driver.restore(before);
  expect(String(await pullBlob(driver, repo, blob))).toBe('blob');
  expect(await driver.manifests.resolve(repo, latest)).toBe(first.digest);
  expect(await driver.manifests.referrers(repo, second.digest, list)).toHaveLength(1);
  expect(await driver.manifests.repositories(list)).toEqual([repo]);
});

test('a snapshot stays what it was, however often it is restored, and in another driver', async () => {
  const { driver } = await filled();
  const before = driver.snapshot();
  for (const each of [driver, memoryDriver(), driver]) {
    each.restore(before);
    expect(await each.manifests.resolve(repo, latest)).toBe(first.digest);
    await each.manifests.putTagged?.(repo, second, [latest]);
    await each.manifests.delete(repo, first.digest);
    expect(await each.manifests.resolve(repo, latest)).toBe(second.digest);
  }
});

test('an upload goes on from where it stood', async () => {
  const driver = memoryDriver();
  const id = newId();
  const begun = await uploadBytes(driver, repo, id, bytes('one'));
  const before = driver.snapshot();
  await driver.uploads.append(repo, id, begun, chunkOf(bytes('one'), [[bytes(' two')]]));
  driver.restore(before);
  const upload = await driver.uploads.append(repo, id, begun, chunkOf(bytes('one'), [[bytes(' three')]]));
  expect(upload?.digest).toBe(digestOf(bytes('one three')));
});

test('what is no snapshot is refused in words', () => {
  expect(() => memoryDriver().restore({} as never)).toThrow(/^restore takes what snapshot\(\) of a driver in memory gave/);
});

test('with a thousand tags, keeping and restoring take milliseconds at most', async () => {
  const { driver } = await filled();
  for (let number = 0; number < 1_000; number++) await driver.manifests.putTagged?.(repo, first, [readTag(`v${number}`)]);
  const begun = performance.now();
  for (let turn = 0; turn < 10; turn++) driver.restore(driver.snapshot());
  expect((performance.now() - begun) / 10).toBeLessThan(20);
});
