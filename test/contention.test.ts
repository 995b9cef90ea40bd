/** Uploads under contention: one winner for each place, a refusal that says where to go on for everybody else, and never a wrong byte. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../drivers/fs.ts';
import { createRegistryHandler, type Driver } from '../lib/index.ts';
import { ask, contend, digestOf, withDigest } from './contention.ts';
import { seed, times } from './hostile/seeds.ts';
import { stores } from './stores.ts';
import { drawFrom } from './torture/random.mjs';

/** Does something with registries that share one store. */
type WithOrigins = (use: (origins: readonly string[]) => Promise<void>) => Promise<void>;

const over =
  (withDrivers: (use: (drivers: readonly Driver[]) => Promise<void>) => Promise<void>): WithOrigins =>
  (use) =>
    withDrivers(async (drivers) => {
      const logged: object[] = [];
      const note = (details: object): void => void logged.push(details);
      const servers = drivers.map((driver) =>
        createServer({ requestTimeout: 0 }, createRegistryHandler(driver, { logger: { error: note, warn: note } })),
      );
      for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
      try {
        await use(servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`));
        expect(logged).toEqual([]);
      } finally {
        for (const server of servers) {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        }
      }
    });

const alone = (name: string): WithOrigins =>
  over((use) => (stores[name] ?? expect.fail(`no store ${name}`))((driver) => use([driver])));

const shared: WithOrigins = over(async (use) => {
  const root = await mkdtemp(join(tmpdir(), 'stowage-'));
  const drivers: Driver[] = [0, 1].map(() => fsDriver({ root, durability: 'none' }));
  try {
    await use(drivers);
  } finally {
    for (const driver of drivers) await driver.close?.();
    await rm(root, { recursive: true, force: true });
  }
});

/** Whether two fs drivers may share a directory. */
const sharing = true;

/** `STOWAGE_ORIGINS` names registries that run elsewhere and share a store; then only these are tried. */
const elsewhere = process.env.STOWAGE_ORIGINS?.split(',');
const places: readonly (readonly [string, WithOrigins])[] = elsewhere
  ? [['registries elsewhere', (use) => use(elsewhere)]]
  : [
      ['memory', alone('memory')],
      ['fs', alone('fs')],
      ...(sharing ? [['two fs drivers on one directory', shared] as const] : []),
    ];

const trials = Math.ceil((200 * times) / places.length);
const content = Buffer.from('hello world');
const digest = digestOf(content);

describe.each(places)('on %s', (place, withOrigins) => {
  /** An upload that has `hello `, and the registries to ask. */
  const withUpload = (use: (location: string, a: string, b: string) => Promise<void>): Promise<void> =>
    withOrigins(async (origins) => {
      const [a = '', b = a] = origins;
      const begun = await ask(a, 'POST', '/v2/contended/blobs/uploads/');
      const appended = await ask(b, 'PATCH', begun.location, content.subarray(0, 6));
      expect([appended.status, appended.offset]).toEqual([202, 6]);
      await use(appended.location, a, b);
    });
  const statuses = (answers: readonly { readonly status: number }[]): number[] => answers.map(({ status }) => status).sort();

  it('two appends at one place have one winner at most, and the other is told where to go on', () =>
    withUpload(async (location, a, b) => {
      const answers = await Promise.all([
        ask(a, 'PATCH', location, content.subarray(6)),
        ask(b, 'PATCH', location, content.subarray(6)),
      ]);
      expect([
        [202, 416],
        [416, 416],
      ]).toContainEqual(statuses(answers));
      const status = await ask(a, 'GET', location);
      // Where it stood when the loser was answered: the winner may have gone on since.
      for (const { offset } of answers.filter((answer) => answer.status === 416)) expect([6, status.offset]).toContain(offset);
      expect((await ask(b, 'PUT', withDigest(status.location, digest), content.subarray(status.offset))).status).toBe(201);
    }));

  it('an append against the end: one of them has the upload, and nothing is published but the whole', () =>
    withUpload(async (location, a, b) => {
      const answers = await Promise.all([
        ask(a, 'PATCH', location, content.subarray(6)),
        ask(b, 'PUT', withDigest(location, digest), content.subarray(6)),
      ]);
      const [append, end] = answers.map(({ status }) => status);
      expect([
        [202, 416],
        [416, 201],
        [404, 201],
        [416, 416],
      ]).toContainEqual([append, end]);
    }));

  it('two ends publish once: both say so, or the later finds the upload gone', () =>
    withUpload(async (location, a, b) => {
      const appended = await ask(a, 'PATCH', location, content.subarray(6));
      const answers = await Promise.all([
        ask(a, 'PUT', withDigest(appended.location, digest)),
        ask(b, 'PUT', withDigest(appended.location, digest)),
      ]);
      // Between publication and the end of the upload, another process may still see where it stood.
      expect([
        [201, 201],
        [201, 404],
        [201, 416],
      ]).toContainEqual(statuses(answers));
      expect((await ask(b, 'GET', `/v2/contended/blobs/${digest}`)).body).toEqual(content);
    }));

  it('the end against a cancellation: one of them happens', () =>
    withOrigins(async (origins) => {
      const [a = '', b = a] = origins;
      for (let round = 0; round < 10; round++) {
        const unlike = Buffer.from(`${seed} ${place} ${round}`);
        const begun = await ask(a, 'POST', '/v2/contended/blobs/uploads/');
        const { location } = await ask(a, 'PATCH', begun.location, unlike);
        const [end, cancel] = await Promise.all([
          ask(a, 'PUT', withDigest(location, digestOf(unlike))),
          ask(b, 'DELETE', location),
        ]);
        expect([
          [201, 404],
          [404, 204],
        ]).toContainEqual([end.status, cancel.status]);
        expect((await ask(a, 'GET', `/v2/contended/blobs/${digestOf(unlike)}`)).status).toBe(end.status === 201 ? 200 : 404);
      }
    }));

  it('an append that is sent again is refused, however often, and appended once', () =>
    withUpload(async (location, a, b) => {
      const once = await ask(a, 'PATCH', location, content.subarray(6));
      expect([once.status, once.offset]).toEqual([202, 11]);
      for (const origin of [a, b, a]) {
        const again = await ask(origin, 'PATCH', location, content.subarray(6));
        expect([again.status, again.offset]).toEqual([416, 11]);
      }
      expect((await ask(b, 'PUT', withDigest(location, digest))).status, 'an empty end is no replay').toBe(201);
    }));

  // A server of several workers is several processes behind one address, and only one that holds the old body can end it.
  it.skipIf(elsewhere?.length === 1)('a body that follows replaces one whose connection is half open', () =>
    withUpload(async (location, a) => {
      const { port } = new URL(a);
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwo`);
      await sleep(50);
      const heard = once(socket, 'data');
      const newer = await ask(a, 'PATCH', location, content.subarray(6));
      expect([newer.status, newer.offset], 'the bytes that came are kept').toEqual([416, 8]);
      expect(String((await heard)[0])).toMatch(/^HTTP\/1\.1 416 /);
      expect((await ask(a, 'PUT', withDigest(newer.location, digest), content.subarray(8))).status).toBe(201);
      socket.destroy();
    }),
  );

  it(
    `${trials} schedules by chance with STOWAGE_SEED=${seed} leave no wrong byte and nothing stuck`,
    { timeout: 30_000 * times },
    () =>
      withOrigins(async (origins) => {
        const found: string[] = [];
        const lanes = Array.from({ length: 4 }, async (_, lane) => {
          for (let trial = lane; trial < trials; trial += 4) {
            const name = `${seed} ${place} trial ${trial}`;
            for (const complaint of await contend(origins, name, drawFrom(name))) found.push(`trial ${trial}: ${complaint}`);
          }
        });
        await Promise.all(lanes);
        expect(found.join('\n')).toBe('');
      }),
  );
});
