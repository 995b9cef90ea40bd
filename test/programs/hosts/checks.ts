/** What a registry has to do in every host, and the host beside it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { digestOf, type Reply } from '../../support/client.ts';

/** A host that listens, and what it is checked with. */
export interface Running {
  /** As clients take it: `127.0.0.1:5000`. */
  readonly host: string;
  readonly secure: boolean;
  /** The program. */
  readonly crane: string;
  /** For files of the checks. */
  readonly folder: string;
  /** An archive. */
  readonly layer: string;
}

interface Sent {
  readonly headers?: OutgoingHttpHeaders;
  /** What is not whole is sent in chunks. */
  readonly body?: string | Buffer | Iterable<Buffer>;
}

/** Begins a request. */
function open({ host, secure }: Running, method: string, path: string, headers: OutgoingHttpHeaders): ClientRequest {
  const about = { method, headers, rejectUnauthorized: false, agent: false } as const;
  return secure ? openHttps(`https://${host}${path}`, about) : openHttp(`http://${host}${path}`, about);
}

/** Sends a request, and takes its reply to the end. */
async function send(running: Running, method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Reply> {
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const request = open(running, method, path, { ...(isWhole && { 'Content-Length': Buffer.byteLength(body) }), ...headers });
  const replied = once(request, 'response') as Promise<[IncomingMessage]>;
  if (body === undefined || isWhole) request.end(body);
  else Readable.from(body).pipe(request);
  const [response] = await replied;
  const pieces: Buffer[] = await response.toArray();
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
}

/** Runs crane; gives what it printed. */
async function crane({ crane: program, secure }: Running, ...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...(secure ? ['--insecure'] : []), ...words], { timeout: 60_000 });
  return stdout.trim();
}

const image = ({ host }: Running): string => `${host}/team/app`;

/** In this order: later ones build on earlier ones. */
export const checks: Readonly<Record<string, (running: Running) => Promise<void>>> = {
  'the API answers': async (running) => {
    const { status, headers } = await send(running, 'GET', '/v2/');
    assert.deepEqual([status, headers['docker-distribution-api-version']], [200, 'registry/2.0']);
  },
  'the API answers without its last slash': async (running) => {
    assert.equal((await send(running, 'GET', '/v2')).status, 200);
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
    const begun = await send(running, 'POST', '/v2/team/app/blobs/uploads/');
    assert.equal(begun.status, 202);
    const piece = randomBytes(1024 * 1024);
    const hash = createHash('sha256');
    const pieces = Array.from({ length: 64 }, () => piece);
    for (const each of pieces) hash.update(each);
    const digest = `sha256:${hash.digest('hex')}`;
    const sent = await send(running, 'PATCH', pathIn(begun), {
      headers: { 'Content-Type': 'application/octet-stream' },
      body: pieces,
    });
    assert.equal(sent.status, 202);
    const path = pathIn(sent);
    const closed = await send(running, 'PUT', `${path}${path.includes('?') ? '&' : '?'}digest=${digest}`);
    assert.equal(closed.status, 201);
    const { body } = await send(running, 'GET', `/v2/team/app/blobs/${digest}`);
    assert.equal(digestOf(body), digest);
  },
  'a HEAD tells the length': async (running) => {
    const { status, headers, body } = await send(running, 'HEAD', '/v2/team/app/manifests/v2');
    assert.equal(status, 200);
    const whole = await send(running, 'GET', '/v2/team/app/manifests/v2');
    assert.deepEqual([headers['content-length'], body.length], [String(whole.body.length), 0]);
  },
  'a manifest comes back byte for byte': async (running) => {
    const { body } = await send(running, 'GET', '/v2/team/app/manifests/v2');
    const manifest = Buffer.from(`${JSON.stringify({ ...JSON.parse(String(body)), annotations: { note: 'ü' } }, null, 3)}\n`);
    const type = JSON.parse(String(body)).mediaType;
    const put = await send(running, 'PUT', '/v2/team/app/manifests/v3', { headers: { 'Content-Type': type }, body: manifest });
    assert.deepEqual([put.status, put.headers['docker-content-digest']], [201, digestOf(manifest)]);
    const got = await send(running, 'GET', '/v2/team/app/manifests/v3');
    assert.deepEqual([got.status, got.headers['content-type'], digestOf(got.body)], [200, type, digestOf(manifest)]);
  },
  'a route of the host answers': async (running) => {
    const { status, body } = await send(running, 'GET', '/other');
    assert.deepEqual([status, String(body)], [200, 'other']);
  },
  'a route of the host gets the JSON that was sent': async (running) => {
    const headers = { 'Content-Type': 'application/json' };
    const { body } = await send(running, 'POST', '/json', { headers, body: '{"kept":true}' });
    assert.deepEqual(JSON.parse(String(body)), { kept: true });
  },
  'a client that leaves in the middle of a body hurts nobody': async (running) => {
    const begun = await send(running, 'POST', '/v2/team/app/blobs/uploads/');
    const open = running.secure ? openHttps : openHttp;
    const url = `${running.secure ? 'https' : 'http'}://${running.host}${pathIn(begun)}`;
    const request = open(url, {
      method: 'PATCH',
      headers: { 'Content-Length': 1_000_000 },
      rejectUnauthorized: false,
      agent: false,
    });
    request.on('error', () => {});
    request.write(Buffer.alloc(100_000));
    await sleep(200);
    request.destroy();
    await sleep(200);
    const { status } = await send(running, 'GET', pathIn(begun));
    assert.equal(status, 204);
    assert.equal((await send(running, 'GET', '/v2/')).status, 200);
  },
};

/** Path and query of the `Location` of a reply. */
function pathIn({ headers: { location = '' } }: Reply): string {
  const { pathname, search } = new URL(location, 'http://host');
  return pathname + search;
}
