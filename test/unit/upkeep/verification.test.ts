/** Verification, on memory and in a directory: what is wrong is told, and nothing else. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { type Driver, StorageFault } from '../../../lib/driver.ts';
import { overrideDriver } from '../../../lib/testing/override-driver.ts';
import {
  bytes,
  digestOf,
  newId,
  pushBlob,
  readName,
  readTag,
  repo,
  sample,
  uploadBytes,
} from '../../../lib/testing/suite/samples.ts';
import { type Finding, type VerificationReport, type VerifyOptions, verify } from '../../../lib/upkeep/index.ts';
import { example } from '../../support/legacy/schema1-samples.ts';
import { createDrivers, memoryAndFs } from '../../support/memory-and-fs.ts';
import { drawFrom } from '../../support/random.ts';
import { descriptorOf, type Images, imagesOn } from '../../support/upkeep-images.ts';

/** What the example of schema 1 has as its layer: an empty archive, compressed. */
const emptyLayer = Buffer.from('H4sIAAAJbogA/2IYBaNgFIxYAAgAAP//Lq+17wAEAAA=', 'base64');

const drivers = createDrivers();

async function verified(driver: Driver, options?: VerifyOptions): Promise<{ findings: Finding[]; report: VerificationReport }> {
  const verification = verify(driver, options);
  const findings: Finding[] = [];
  for await (const finding of verification) findings.push(finding);
  return { findings, report: verification.report() };
}

describe.each(memoryAndFs)('a verification on %s', (name) => {
  const create = (): Driver => drivers.create(name);
  const withImages = (driver: Driver): Images => {
    const images = imagesOn(driver);
    drivers.open.push(images);
    return images;
  };

  it('finds nothing in a registry that is whole, with whatever can be pushed, and uploads under way', async () => {
    const driver = create();
    const images = withImages(driver);
    const image = await images.push('team/app', sample(300_000), 'latest');
    await images.push('team/copy', sample(300_000), 'latest');
    await images.pushManifest('team/app', { manifests: [image] }, { tag: 'index' });
    await images.pushManifest('team/app', { ...image.document, subject: descriptorOf(image) });
    await images.pushManifest('team/app', { ...image.document, annotations: { algorithm: 'sha512' } }, { algorithm: 'sha512' });
    const sha512 = digestOf(sample(5_000), 'sha512');
    await pushBlob(driver, readName('team/app'), sample(5_000), sha512);
    await pushBlob(driver, readName('demo/app'), emptyLayer);
    await images.put('demo/app', 'v1', example);
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf(bytes('foreign')),
      size: 7,
      urls: ['https://registry.example.com/foreign'],
    };
    await images.pushManifest('team/app', { ...image.document, layers: [foreign] });
    await images.pushManifest('team/app', { ...image.document, subject: { ...descriptorOf(image), digest: foreign.digest } });
    await uploadBytes(driver, repo, newId(), sample(10_000));
    const { findings, report } = await verified(driver);
    expect(findings).toEqual([]);
    expect(report).toMatchObject({ repositories: 3, blobs: 4, manifests: 8, tags: 4, findings: 0, withdrawn: 0 });
    expect(report.bytes).toBeGreaterThan(305_000);
    expect(report.bytes).toBeLessThan(320_000);
  });

  it('tells what is missing: a blob, a child, a layer of an index, and a repository that was asked for', async () => {
    const driver = create();
    const images = withImages(driver);
    const child = await images.push('team/app', sample(2_000), 'child');
    const layer = await images.push('team/app', sample(3_000), 'layer');
    const index = await images.pushManifest('team/app', { manifests: [descriptorOf(child)] }, { tag: 'index' });
    const lost = digestOf(sample(3_000));
    await driver.manifests.delete(readName('team/app'), child.digest);
    await driver.blobs.delete(readName('team/app'), lost);
    const { findings } = await verified(driver, { repositories: ['team/app', 'team/none', 'team/app'] });
    expect(findings).toEqual([
      {
        kind: 'reference',
        repository: 'team/app',
        digest: index.digest,
        names: child.digest,
        wrong: `names the manifest ${child.digest}, which is not there`,
      },
      {
        kind: 'reference',
        repository: 'team/app',
        digest: layer.digest,
        names: lost,
        wrong: `names the blob ${lost}, which is not there`,
      },
      { kind: 'repository', repository: 'team/none', wrong: 'holds nothing' },
    ]);
  });

  it('leaves what lies in the trash there, and takes it for what is there', async () => {
    const driver = create();
    const { inventory } = driver;
    const images = withImages(driver);
    const child = await images.push('team/app', sample(2_000), 'child');
    await images.pushManifest('team/app', { manifests: [descriptorOf(child)] }, { tag: 'index' });
    const referrer = await images.pushManifest('team/app', { ...child.document, subject: descriptorOf(child) });
    const team = readName('team/app');
    const at = new Date(0);
    const [layer] = child.document.layers;
    await inventory?.discard(team, 'blob', layer.digest, at);
    await inventory?.discard(team, 'manifest', referrer.digest, at);
    await driver.manifests.untag(team, readTag('child'));
    await inventory?.discard(team, 'manifest', child.digest, at);
    expect((await verified(driver)).findings).toEqual([]);
    const lying = async (kind: 'blob' | 'manifest') =>
      (await inventory?.discarded(team, kind, { limit: 10 }))?.map(({ digest }) => digest);
    expect(await lying('blob')).toEqual([layer.digest]);
    expect(await lying('manifest')).toEqual([child.digest, referrer.digest].sort());
  });

  it('finds nothing beside pushes and deletions, round after round', async () => {
    const driver = create();
    const images = withImages(driver);
    const stays = await images.push('team/app', sample(20_000), 'stays');
    const end = Date.now() + 4_000;
    let pushes = 0;
    const traffic = async (worker: number): Promise<void> => {
      const random = drawFrom('verification', worker);
      while (Date.now() < end) {
        const repository = `team/${random.chance(0.5) ? 'app' : 'other'}`;
        const image = await images.push(repository, sample(random.between(1, 100_000), `of ${worker}`), `tag-${worker}`);
        const index = await images.pushManifest(repository, { manifests: [descriptorOf(image)] }, { tag: `index-${worker}` });
        const referrer = await images.pushManifest(repository, { ...image.document, subject: descriptorOf(image) });
        for (const { digest } of [index, referrer, image]) await driver.manifests.delete(readName(repository), digest);
        await driver.blobs.delete(readName(repository), image.document.layers[0].digest);
        pushes++;
      }
    };
    const working = Promise.all([1, 2, 3].map(traffic));
    let rounds = 0;
    while (Date.now() < end) {
      expect((await verified(driver)).findings).toEqual([]);
      rounds++;
    }
    await working;
    expect(rounds).toBeGreaterThan(5);
    expect(pushes).toBeGreaterThan(10);
    expect((await verified(driver)).report).toMatchObject({ blobs: 2, manifests: 1, tags: 1 });
    expect(await driver.manifests.get(readName('team/app'), stays.digest)).toBeDefined();
  });

  it('reads no faster than it may, and ends with its signal wherever it waits', async () => {
    const driver = create();
    await pushBlob(driver, repo, sample(1_000_000));
    const { report } = await verified(driver, { rate: 2_000_000 });
    expect(report.bytes).toBe(1_000_000);
    expect(report.seconds).toBeGreaterThan(0.45);
    const reason = new Error('enough');
    const stopping = new AbortController();
    const told: number[] = [];
    const onProgress = ({ bytes: read }: VerificationReport): void => {
      told.push(read);
      if (read > 0) setTimeout(() => stopping.abort(reason), 5);
    };
    await expect(verified(driver, { rate: 1, signal: stopping.signal, onProgress })).rejects.toBe(reason);
    expect(Math.max(...told)).toBeGreaterThan(0);
    await expect(verified(driver, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('ends with what the driver throws where the storage fails altogether, and asks again where it is busy', async () => {
    const right = create();
    const { inventory } = right;
    if (!inventory) throw new Error('there is no inventory');
    const digest = await pushBlob(right, repo, sample(1_000));
    const fault = new StorageFault('broken', 'the disk is gone');
    let lists = 0;
    const failing = overrideDriver(right, {
      blobs: { get: async () => Promise.reject(fault) },
      inventory: {
        held: async (...page) => (++lists > 3 ? Promise.reject(fault) : inventory.held(...page)),
      },
    });
    await expect(verified(failing)).rejects.toBe(fault);
    const broken = overrideDriver(right, { blobs: { get: async () => Promise.reject(fault) } });
    expect((await verified(broken)).findings).toEqual([
      { kind: 'blob', repository: repo, digest, wrong: 'cannot be read: the disk is gone', bytes: 0, withdrawn: false },
    ]);
    let looks = 0;
    const busy = overrideDriver(right, {
      blobs: {
        get: async (...item) =>
          ++looks === 1 ? Promise.reject(new StorageFault('busy', 'later', { retryAfterSeconds: 0 })) : right.blobs.get(...item),
      },
    });
    expect((await verified(busy)).findings).toEqual([]);
    const full = overrideDriver(right, { blobs: { get: async () => Promise.reject(new StorageFault('full', 'no room')) } });
    await expect(verified(full)).rejects.toThrow('no room');
  });
});

it('says what is wrong with its options', () => {
  expect(() => verify(memoryDriver(), { rate: 0, repositories: ['UPPER'] })).toThrow(
    'verify: rate must be a positive integer, not 0; repositories at 0 must be the name of a repository, not "UPPER"',
  );
  const without = overrideDriver(memoryDriver(), { inventory: undefined });
  expect(() => verify(without)).toThrow('the driver memory has no inventory');
  const keeping = overrideDriver(memoryDriver(), { inventory: { withdraw: undefined } });
  expect(() => verify(keeping, { withdraw: true })).toThrow('the driver memory cannot withdraw what is damaged');
});
