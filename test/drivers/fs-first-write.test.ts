/** The first write to a directory that is not there yet: whatever failed of it, the next one leaves nothing to a loss of power. */
import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { manifestOf, repo } from '../../lib/testing/suite/samples.ts';
import { modelDisk } from '../support/drivers/model-disk.ts';

const manifest = manifestOf('{"a":1}');

for (const root of ['/registry', '/srv/data/registry']) {
  it(`a first write below ${root} whose calls fail in turn is durable with its root once it is repeated`, async () => {
    let calls = 0;
    for (let failed = true; failed; ) {
      const disk = modelDisk();
      const driver = fsDriver({ root, fs: disk.process() });
      disk.faults.fail(++calls, 'once');
      await driver.manifests.put(repo, manifest).catch(() => undefined);
      failed = disk.harmed();
      disk.faults.heal();
      await driver.manifests.put(repo, manifest);
      disk.losePower(() => false);
      const after = fsDriver({ root, fs: disk.process() });
      assert.ok(await after.manifests.get(repo, manifest.digest), `it is lost where call ${calls} failed`);
      await after.close();
    }
    expect(calls).toBeGreaterThan(20);
  });
}

it.runIf(process.platform === 'linux')('a root below a directory that takes none is refused in words', async () => {
  const driver = fsDriver({ root: '/proc/registry/of/images' });
  await expect(driver.manifests.put(repo, manifest)).rejects.toMatchObject({
    kind: 'broken',
    message: expect.stringMatching(/\/proc\/registry/),
  });
  await driver.close();
});
