/** What a registry has to do in every host, and the host beside it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { digestOf, locationOf, type Reply, send, withDigest } from '../../support/client.ts';

const mebibyte = 1024 * 1024;

/** A host that listens, and what it is checked with. */
export interface Running {
  /** `http://127.0.0.1:5000` */
  readonly origin: string;
  /** The program. */
  readonly crane: string;
  /** For files of the checks. */
  readonly folder: string;
  /** An archive. */
  readonly layer: string;
}

/** Runs crane; gives what it printed. */
async function crane({ crane: program, origin }: Running, ...words: readonly string[]): Promise<string> {
  const insecure = origin.startsWith('https:') ? ['--insecure'] : [];
  const { stdout } = await promisify(execFile)(program, [...insecure, ...words], { timeout: 60_000 });
  return stdout.trim();
}

const image = ({ origin }: Running): string => `${new URL(origin).host}/team/app`;

/** The reply to a request without a body. */
const ask = ({ origin }: Running, method: string, path: string): Promise<Reply> => send(origin, { method, path });

/** In this order: later ones build on earlier ones. */
export const checks: Readonly<Record<string, (running: Running) => Promise<void>>> = {
  'the API answers': async (running) => {
    const { status, headers } = await ask(running, 'GET', '/v2/');
    assert.deepEqual([status, headers['docker-distribution-api-version']], [200, 'registry/2.0']);
  },
  'the API answers without its last slash': async (running) => {
    assert.equal((await ask(running, 'GET', '/v2')).status, 200);
  },
  'crane pushes an image': async (running) => {
    await crane(running, 'append', '-f', running.layer, '-t', `${image(running)}:v1`);
  },
  'crane tags it': async (running) => {
    await crane(running, 'tag', `${image(running)}:v1`, 'v2');
  },
  'crane validates it': async (running) => {
    assert.match(await crane(running, 'validate', '--remote', `${image(running)}:v2`), /PASS/);
  },
  'crane pulls it': async (running) => {
    await crane(running, 'pull', `${image(running)}:v2`, join(running.folder, 'pulled.tar'));
  },
  'crane lists its tags': async (running) => {
    assert.equal(await crane(running, 'ls', image(running)), 'v1\nv2');
  },
  'crane deletes a tag': async (running) => {
    await crane(running, 'delete', `${image(running)}:v1`);
    assert.equal(await crane(running, 'ls', image(running)), 'v2');
  },
  'a blob of 64 MiB comes in chunks, and is read back': async (running) => {
    const begun = await ask(running, 'POST', '/v2/team/app/blobs/uploads/');
    assert.equal(begun.status, 202);
    const content = Buffer.alloc(64 * mebibyte, randomBytes(mebibyte));
    const digest = digestOf(content);
    async function* pieces() {
      for (let at = 0; at < content.length; at += mebibyte) yield content.subarray(at, at + mebibyte);
    }
    const headers = { 'Content-Type': 'application/octet-stream' };
    const sent = await send(running.origin, { method: 'PATCH', path: locationOf(begun), headers, body: pieces() });
    assert.equal(sent.status, 202);
    const closed = await ask(running, 'PUT', withDigest(locationOf(sent), digest));
    assert.equal(closed.status, 201);
    const { body } = await ask(running, 'GET', `/v2/team/app/blobs/${digest}`);
    assert.equal(digestOf(body), digest);
  },
  'a HEAD tells the length': async (running) => {
    const { status, headers, body } = await ask(running, 'HEAD', '/v2/team/app/manifests/v2');
    assert.equal(status, 200);
    const whole = await ask(running, 'GET', '/v2/team/app/manifests/v2');
    assert.deepEqual([headers['content-length'], body.length], [String(whole.body.length), 0]);
  },
  'a manifest comes back byte for byte': async (running) => {
    const { body } = await ask(running, 'GET', '/v2/team/app/manifests/v2');
    const manifest = Buffer.from(`${JSON.stringify({ ...JSON.parse(String(body)), annotations: { note: 'ü' } }, null, 3)}\n`);
    const type = JSON.parse(String(body)).mediaType;
    const headers = { 'Content-Type': type };
    const put = await send(running.origin, { method: 'PUT', path: '/v2/team/app/manifests/v3', headers, body: manifest });
    assert.deepEqual([put.status, put.headers['docker-content-digest']], [201, digestOf(manifest)]);
    const got = await ask(running, 'GET', '/v2/team/app/manifests/v3');
    assert.deepEqual([got.status, got.headers['content-type'], digestOf(got.body)], [200, type, digestOf(manifest)]);
  },
  'a route of the host answers': async (running) => {
    const { status, body } = await ask(running, 'GET', '/other');
    assert.deepEqual([status, String(body)], [200, 'other']);
  },
  'a route of the host gets the JSON that was sent': async (running) => {
    const headers = { 'Content-Type': 'application/json' };
    const { body } = await send(running.origin, { method: 'POST', path: '/json', headers, body: '{"kept":true}' });
    assert.deepEqual(JSON.parse(String(body)), { kept: true });
  },
  'a client that leaves in the middle of a body hurts nobody': async (running) => {
    const begun = await ask(running, 'POST', '/v2/team/app/blobs/uploads/');
    const leaving = AbortSignal.timeout(200);
    async function* part() {
      yield Buffer.alloc(100_000);
      await once(leaving, 'abort');
    }
    const headers = { 'Content-Length': '1000000' };
    const path = locationOf(begun);
    await assert.rejects(send(running.origin, { method: 'PATCH', path, headers, body: part(), signal: leaving }));
    await sleep(200);
    const { status } = await ask(running, 'GET', path);
    assert.equal(status, 204);
    assert.equal((await ask(running, 'GET', '/v2/')).status, 200);
  },
};
