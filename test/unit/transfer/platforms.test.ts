/** What of an index is copied for platforms. */
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { image, index } from '../../../lib/testing/fixture/index.ts';
import { copy, storage } from '../../../lib/transfer/index.ts';
import { startForTest } from '../../support/fixture.ts';
import { layoutWith } from '../../support/transfer/places.ts';

const [amd64, v6, v7, s390x] = ['amd64', 'arm/v6', 'arm/v7', 's390x'].map((name) => image({ platform: `linux/${name}` }));
const all = [amd64, v6, v7, s390x].map((each) => each ?? expect.fail());
const root = index({ manifests: all, annotations: { kept: 'yes' } });

async function copied(content: typeof root, platforms: readonly string[]) {
  const driver = memoryDriver();
  const { references } = await copy(await layoutWith({ one: content }), storage(driver, 'app'), { platforms });
  const registry = await startForTest({ driver });
  const found = (await registry.manifest('app:one')) ?? expect.fail();
  expect(found.digest).toBe(references[0]?.digest);
  return JSON.parse(Buffer.from(found.bytes).toString());
}

describe('a copy for platforms', () => {
  it('has the image of one platform in place of the index', async () => {
    expect(await copied(root, ['linux/s390x'])).toEqual(s390x?.document);
    expect(await copied(root, ['linux/arm/v7'])).toEqual(v7?.document);
    expect(await copied(root, ['linux/arm'])).toEqual(v6?.document);
  });

  it('has an index of several, which is otherwise as it was', async () => {
    const { manifests, ...others } = root.document;
    expect(await copied(root, ['linux/s390x', 'linux/amd64'])).toEqual({
      ...others,
      manifests: [manifests?.[0], manifests?.[3]],
    });
  });

  it('has the index as it was where all are chosen', async () => {
    expect(await copied(root, ['linux/amd64', 'linux/arm/v6', 'linux/arm/v7', 'linux/s390x'])).toEqual(root.document);
  });

  it('has what is no index as it is', async () => {
    expect(await copied(all[0] ?? expect.fail(), ['linux/s390x'])).toEqual(amd64?.document);
  });

  it('refuses a platform that is not there, and says which are', async () => {
    await expect(copied(root, ['windows/amd64'])).rejects.toThrow(
      'one has nothing for windows/amd64; it has linux/amd64, linux/arm/v6, linux/arm/v7, linux/s390x',
    );
  });

  it('refuses what is no platform', async () => {
    await expect(copied(root, ['arm64'])).rejects.toThrow(TypeError);
  });
});
