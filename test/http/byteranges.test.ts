/** Several ranges of a blob over sockets: streamed part after part, closed when a client leaves, broken off when the blob goes. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { memfs } from 'memfs';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { overrideDriver } from '../../lib/testing/override-driver.ts';
import { expectStatus, open, send } from '../support/client.ts';
import { watch } from '../support/drivers/watched-file-system.ts';

const content = Buffer.alloc(8 * 1024 * 1024, 'some bytes of a layer; ');
const blob = `/v2/a/blobs/${digest(content)}`;
const push = { method: 'POST', path: `/v2/a/blobs/uploads/?digest=${digest(content)}`, body: content };
const get = (range: string) => ({ method: 'GET', path: blob, headers: { Range: range } });

describe('several ranges of a large blob', () => {
  it('come with their bytes, one open file at a time', async () => {
    const disk = memfs().fs.promises;
    await disk.mkdir('/registry');
    const watched = watch('/registry', disk);
    await using registry = await startRegistry({ driver: fsDriver({ root: '/registry', fs: watched.fs, durability: 'none' }) });
    await expectStatus(201, registry.url, push);
    let most = 0;
    watched.failing(() => {
      most = Math.max(most, watched.open());
      return undefined;
    });
    const spans = [
      [5_000_000, 7_999_999],
      [0, 9],
      [1_000_000, 3_999_999],
    ] as const;
    const { status, body } = await send(registry.url, get(`bytes=${spans.map(([first, last]) => `${first}-${last}`)}`));
    expect(status).toBe(206);
    let at = 0;
    for (const [first, last] of spans) {
      at = body.indexOf('\r\n\r\n', at) + 4;
      expect(body.subarray(at, at + last - first + 1).equals(content.subarray(first, last + 1)), `${first}-${last}`).toBe(true);
      at += last - first + 1;
    }
    expect(body.subarray(at).toString()).toMatch(/^\r\n--[0-9a-f]{64}--\r\n$/);
    expect(most).toBeLessThanOrEqual(2);
    expect(watched.open()).toBe(0);
  });

  it('leave no file open where the client leaves in the middle, or before anything came', { timeout: 20_000 }, async () => {
    const disk = memfs().fs.promises;
    await disk.mkdir('/registry');
    const watched = watch('/registry', disk);
    await using registry = await startRegistry({ driver: fsDriver({ root: '/registry', fs: watched.fs, durability: 'none' }) });
    await expectStatus(201, registry.url, push);
    for (let client = 0; client < 20; client++) {
      const response = await open(registry.url, get('bytes=0-3999999,4000001-7999999'));
      if (client % 2 === 0) await once(response, 'readable');
      response.destroy();
    }
    for (let waited = 0; watched.open() > 0 && waited < 5_000; waited += 20) await sleep(20);
    await registry.idle();
    expect(watched.open()).toBe(0);
  });

  it('break off where the blob goes away between two of them, so that no client takes less for the whole', async () => {
    const memory = memoryDriver();
    let opened = 0;
    const driver = overrideDriver(memory, {
      blobs: {
        get: async (repo, known) => {
          const found = await memory.blobs.get(repo, known);
          return found && { size: found.size, open: async (range) => (++opened > 1 ? undefined : found.open(range)) };
        },
      },
    });
    await using registry = await startRegistry({ driver });
    await expectStatus(201, registry.url, push);
    await expect(send(registry.url, get('bytes=0-9,20-29'))).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(opened).toBe(2);
  });
});
