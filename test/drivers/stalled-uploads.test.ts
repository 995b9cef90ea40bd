/** Uploads that stand still take nothing from those that go on: a push beside 300 of them takes at most twice its time alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { s3Driver } from '../../drivers/s3.ts';
import type { Driver } from '../../lib/driver.ts';
import { digestOf, sample } from '../../lib/testing/suite/samples.ts';
import { withServer } from '../../lib/testing/wire/serve.ts';
import { expectStatus, locationOf, send, withDigest } from '../support/client.ts';
import { startS3DoubleApart } from '../support/s3/apart.ts';
import { type Connection, dial } from '../support/socket.ts';

const mebibyte = 1024 * 1024;
const repository = '/v2/library/sample';

type Use = (driver: Driver) => Promise<void>;
const drivers: Readonly<Record<string, (use: Use) => Promise<void>>> = {
  memory: async (use) => use(memoryDriver()),
  fs: async (use) => {
    const root = mkdtempSync(join(tmpdir(), 'stowage-'));
    const driver = fsDriver({ root });
    await use(driver);
    await driver.close();
    rmSync(root, { recursive: true, force: true });
  },
  s3: async (use) => {
    const { bucket, clientConfig, close } = await startS3DoubleApart();
    const driver = s3Driver({ bucket, clientConfig, bufferBytes: 24 * mebibyte });
    await use(driver);
    await driver.close?.();
    await close();
  },
};

/** Begins an upload that stands still after its first bytes. */
async function stall(origin: string, bytes: Uint8Array): Promise<Connection> {
  const path = locationOf(await send(origin, { method: 'POST', path: `${repository}/blobs/uploads/` }));
  const connection = await dial(Number(new URL(origin).port));
  connection.send(`PATCH ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`);
  connection.send(bytes);
  return connection;
}

const pushed = sample(10 * mebibyte);

/** The shortest of five pushes of ten MiB, in milliseconds. */
async function shortestPush(origin: string): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5; turn++) {
    // Another blob each time: one that is there already takes less to push.
    pushed.set(Buffer.from(`${origin} ${performance.now()}`));
    const startedMs = performance.now();
    const begun = await expectStatus(202, origin, { method: 'POST', path: `${repository}/blobs/uploads/` });
    const sent = await expectStatus(202, origin, { method: 'PATCH', path: locationOf(begun), body: pushed });
    await expectStatus(201, origin, { method: 'PUT', path: withDigest(locationOf(sent), digestOf(pushed)) });
    shortest = Math.min(shortest, performance.now() - startedMs);
  }
  return shortest;
}

describe('300 uploads that stand still', () => {
  const rows = Object.keys(drivers).flatMap((name) => [1, 100_000].map((bytes) => [name, bytes] as const));
  // Again where it fails: other tests may make the machine busy at the wrong moment.
  it.each(rows)('on the %s driver after %i bytes each', { timeout: 120_000, retry: 2 }, async (name, bytes) => {
    await drivers[name]?.((driver) =>
      withServer(driver, {}, async (origin) => {
        const before = await shortestPush(origin);
        const connections: Connection[] = [];
        for (let turn = 0; turn < 10; turn++) {
          connections.push(...(await Promise.all(Array.from({ length: 30 }, () => stall(origin, sample(bytes))))));
        }
        const beside = await shortestPush(origin);
        for (const { socket } of connections) socket.destroy();
        // Alone once more: the machine may have become busier meanwhile.
        const alone = Math.max(before, await shortestPush(origin));
        expect(beside, `${alone.toFixed()} ms alone`).toBeLessThanOrEqual(2 * alone);
      }),
    );
  });
});
