/** Clients that leave at any byte, on the way up and down: afterwards the process holds what it held before. */
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/index.ts';
import {
  type Holding,
  held,
  type Leaving,
  type Left,
  leaveWhilePulling,
  leaveWhilePushing,
  standing,
} from '../support/aborting-clients.ts';
import { digestOf, expectStatus } from '../support/client.ts';
import { openRegistry, type Registry } from '../support/hostile/registry.ts';
import { contentOf, drawFrom, seed, times } from '../support/random.ts';
import { stores, type WithDriver } from '../support/stores.ts';

/** A store, and what lies in it: the bytes of uploads, and how many files are temporary. */
interface Place {
  readonly withDriver: WithDriver;
  staged(): { readonly bytes: number; readonly temporary: number } | undefined;
}

const memory: Place = { withDriver: stores.memory as WithDriver, staged: () => undefined };

function onDisk(): Place {
  let root = '';
  const sizesBelow = (folder: string, name: RegExp): number[] =>
    readdirSync(join(root, folder), { recursive: true })
      .map((path) => join(root, folder, String(path)))
      .filter((path) => name.test(path) && statSync(path).isFile())
      .map((path) => statSync(path).size);
  return {
    withDriver: async (use) => {
      root = await mkdtemp(join(tmpdir(), 'stowage-'));
      const driver: Driver = fsDriver({ root, durability: 'none' });
      try {
        return await use(driver);
      } finally {
        await driver.close?.();
        await rm(root, { recursive: true, force: true });
      }
    },
    staged: () => ({
      bytes: sizesBelow('uploads', /./).reduce((sum, size) => sum + size, 0),
      temporary: sizesBelow('staging', /./).length,
    }),
  };
}

const clients = 150 * times;
const idle = 300;
const big = contentOf('something to pull', 1_000_000);

describe.each([
  ['memory', memory],
  ['fs', onDisk()],
] as const)('on %s', (place, { withDriver, staged }) => {
  it(`${clients} clients leave at any byte with STOWAGE_SEED=${seed}, and nothing of them is left`, {
    timeout: 30_000 * times,
  }, async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const registry = await openRegistry(withDriver);
    // Connections that say nothing end soon.
    registry.server.setTimeout(idle);
    registry.server.keepAliveTimeout = idle;
    try {
      const path = await pushBig(registry);
      await comeAndGo(registry, `${seed} ${place} first`, path, 20);
      const before = await settled(registry);
      const uploads = await comeAndGo(registry, `${seed} ${place}`, path, clients);
      const after = await settled(registry, before);
      expect(withoutBytes(after)).toEqual(withoutBytes(before));
      const uploaded = staged() ? 0 : reported(registry);
      expect(after.bytes - before.bytes - uploaded, 'bytes of memory beside the uploads').toBeLessThan(8 * 1024 * 1024);
      expect(registry.logged).toEqual([]);
      expect(unhandled).toEqual([]);
      await sessionsAreWhole(registry, uploads);
    } finally {
      process.off('unhandledRejection', note);
      await registry.close();
    }
  });

  async function sessionsAreWhole(registry: Registry, uploads: readonly string[]): Promise<void> {
    // All of them are asked for at once, which may take longer than the silent were given.
    registry.server.setTimeout(0);
    const offsets = await Promise.all(uploads.map((upload) => standing(registry.origin, upload)));
    expect(
      offsets.filter((offset) => offset === undefined),
      'uploads that are gone',
    ).toEqual([]);
    const found = staged();
    if (found) expect(found).toEqual({ bytes: reported(registry), temporary: 0 });
    expect(
      registry.observed.changes.filter((change) => change.includes('0'.repeat(64))),
      'what was published',
    ).toEqual([]);
    expect(registry.observed.changes.filter((change) => change.includes('left'))).toEqual([]);
  }
});

async function pushBig({ origin }: Registry): Promise<string> {
  const digest = digestOf(big);
  await expectStatus(201, origin, { method: 'POST', path: `/v2/library/sample/blobs/uploads/?digest=${digest}`, body: big });
  return `/v2/library/sample/blobs/${digest}`;
}

/**
 * Clients come and leave, and the server has nothing more to do with them. Gives the paths of the uploads that they began;
 * the clients themselves are forgotten, with what they were sent, since their memory is this process's, too.
 */
async function comeAndGo(registry: Registry, name: string, path: string, count: number): Promise<string[]> {
  const left = await wave(registry, name, path, count);
  await quiet(registry, left);
  return left.flatMap(({ upload }) => upload ?? []);
}

/** Clients come, eight at a time, and leave. */
async function wave(registry: Registry, name: string, path: string, count: number): Promise<Left[]> {
  const ways: readonly Leaving[] = ['reset', 'reset', 'end', 'silence'];
  const left: Left[] = [];
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let turn = lane; turn < count; turn += 8) {
      const random = drawFrom(name, turn);
      const leaving = ways[random.between(0, ways.length - 1)] ?? 'reset';
      const pulling = random.chance(0.4);
      left.push(
        await (pulling
          ? leaveWhilePulling(registry, path, big.length, random, leaving)
          : leaveWhilePushing(registry, `${name} ${turn}`, random, leaving)),
      );
    }
  });
  await Promise.all(lanes);
  return left;
}

/** Waits until the server has nobody connected any more and every request has settled; then the clients forget their ends, too. */
async function quiet({ server, heard }: Registry, left: readonly Left[]): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const connections = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    if (connections === 0) {
      await Promise.all(heard.splice(0).map((each) => each.settled));
      for (const { socket } of left) socket.destroy();
      await sleep(50);
      return;
    }
    await sleep(20);
  }
  expect.fail('connections are left after ten seconds');
}

/** How many bytes the driver said that its open uploads have. */
function reported({ observed }: Registry): number {
  return [...observed.uploads.values()].reduce((sum, offset) => sum + offset, 0);
}

/** What is held, once it is as before and no memory is given back any more: buffers are, a little after they were collected. */
async function settled(registry: Registry, before?: Holding): Promise<Holding> {
  let now = held(registry);
  for (let tries = 0; tries < 40; tries++) {
    await sleep(50);
    const last = now;
    now = held(registry);
    const asBefore = !before || JSON.stringify(withoutBytes(now)) === JSON.stringify(withoutBytes(before));
    if (asBefore && now.bytes >= last.bytes) break;
  }
  return now;
}

const withoutBytes = ({ descriptors, resources, listeners }: Holding) => ({ descriptors, resources, listeners });
