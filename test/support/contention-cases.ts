/** Contention case by case: one upload, and several requests to it at once at registries that share a store. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { digestOf, withDigest } from './client.ts';
import { connectTo } from './socket.ts';
import { ask } from './uploads.ts';

/** A case, to be played at registries that share a store; at one of them, if there is one. */
export interface Contended {
  readonly name: string;
  /** Whether all registries at an origin have to be one process: only the one that holds an old body can end it. */
  readonly ofOneProcess?: true;
  run(origins: readonly string[]): Promise<void>;
}

const content = Buffer.from('hello world');
const digest = digestOf(content);

/** A case with an upload that has `hello `. */
const withUpload =
  (use: (location: string, a: string, b: string) => Promise<void>): Contended['run'] =>
  async (origins) => {
    const [a = '', b = a] = origins;
    const begun = await ask(a, 'POST', '/v2/contended/blobs/uploads/');
    const appended = await ask(b, 'PATCH', begun.location, content.subarray(0, 6));
    expect([appended.status, appended.offset]).toEqual([202, 6]);
    await use(appended.location, a, b);
  };
const statuses = (answers: readonly { readonly status: number }[]): number[] => answers.map(({ status }) => status).sort();

export const contended: readonly Contended[] = [
  {
    name: 'two appends at one place have one winner at most, and the other is told where to go on',
    run: withUpload(async (location, a, b) => {
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
    }),
  },
  {
    name: 'an append against the end: one of them has the upload, and nothing is published but the whole',
    run: withUpload(async (location, a, b) => {
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
    }),
  },
  {
    name: 'two ends publish once: both say so, or one is told where the upload stood',
    run: withUpload(async (location, a, b) => {
      const appended = await ask(a, 'PATCH', location, content.subarray(6));
      const answers = await Promise.all([
        ask(a, 'PUT', withDigest(appended.location, digest)),
        ask(b, 'PUT', withDigest(appended.location, digest)),
      ]);
      // Between publication and the end of the upload, another process may still see where it stood.
      expect([
        [201, 201],
        [201, 416],
      ]).toContainEqual(statuses(answers));
      expect((await ask(b, 'GET', `/v2/contended/blobs/${digest}`)).body).toEqual(content);
    }),
  },
  {
    name: 'the end against a cancellation: one of them happens',
    run: async (origins) => {
      const [a = '', b = a] = origins;
      for (let round = 0; round < 10; round++) {
        const unlike = Buffer.from(randomUUID());
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
    },
  },
  {
    name: 'an append that is sent again is refused, however often, and appended once',
    run: withUpload(async (location, a, b) => {
      const once = await ask(a, 'PATCH', location, content.subarray(6));
      expect([once.status, once.offset]).toEqual([202, 11]);
      for (const origin of [a, b, a]) {
        const again = await ask(origin, 'PATCH', location, content.subarray(6));
        expect([again.status, again.offset]).toEqual([416, 11]);
      }
      expect((await ask(b, 'PUT', withDigest(location, digest))).status, 'an empty end is no replay').toBe(201);
    }),
  },
  {
    name: 'a body that follows replaces one whose connection is half open',
    ofOneProcess: true,
    run: withUpload(async (location, a) => {
      const socket = await connectTo(Number(new URL(a).port));
      socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwo`);
      await sleep(50);
      const heard = once(socket, 'data');
      const newer = await ask(a, 'PATCH', location, content.subarray(6));
      expect([newer.status, newer.offset], 'the bytes that came are kept').toEqual([416, 8]);
      expect(String((await heard)[0])).toMatch(/^HTTP\/1\.1 416 /);
      expect((await ask(a, 'PUT', withDigest(newer.location, digest), content.subarray(8))).status).toBe(201);
      socket.destroy();
    }),
  },
  {
    name: 'an end whose bytes are all there does not wait for a body that stands still',
    ofOneProcess: true,
    run: withUpload(async (location, a) => {
      const all = await ask(a, 'PATCH', location, content.subarray(6));
      const socket = await connectTo(Number(new URL(a).port));
      socket.write(`PATCH ${all.location} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`);
      await sleep(50);
      const heard = once(socket, 'data');
      const begun = performance.now();
      expect((await ask(a, 'PUT', withDigest(all.location, digest))).status).toBe(201);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(String((await heard)[0])).toMatch(/^HTTP\/1\.1 (?:404|416) /);
      socket.destroy();
    }),
  },
  {
    name: 'an end takes what came of a body that stands still before its end',
    ofOneProcess: true,
    run: withUpload(async (location, a) => {
      const socket = await connectTo(Number(new URL(a).port));
      socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n`);
      await sleep(50);
      const begun = performance.now();
      expect((await ask(a, 'PUT', withDigest(location, digest))).status).toBe(201);
      expect(performance.now() - begun).toBeLessThan(2_000);
      socket.destroy();
    }),
  },
];
