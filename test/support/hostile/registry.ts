/** A registry that is served over a store, with something in it, and everything that can be asked about it afterwards. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Digest } from '../../../lib/api/formats.ts';
import { createRegistryHandler, type RegistryOptions } from '../../../lib/index.ts';
import { digest, image, imageType } from '../../../lib/testing/exchanges/given.ts';
import type { WithDriver } from '../stores.ts';
import { type Observed, observe } from './observed.ts';
import { type Answer, dial } from './wire.ts';

/** A request that reached the handler. */
export interface Heard {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Settles when the handler is done with it. */
  readonly settled: Promise<void>;
  /** How long it took until the answer began to leave, in milliseconds; undefined before. */
  readonly milliseconds: () => number | undefined;
}

/** What the registry holds at first. `upload` has the bytes of `content` and goes on after them. */
export interface Holdings {
  readonly repo: string;
  readonly content: string;
  readonly blob: Digest;
  readonly manifest: Digest;
  readonly manifestText: string;
  readonly tag: string;
  readonly upload: string;
}

/** The registry. */
export interface Registry {
  readonly port: number;
  readonly server: Server;
  readonly heard: Heard[];
  readonly logged: object[];
  readonly observed: Observed;
  /** What it holds now; after a change, `restore` brings back what is missing. */
  holdings(): Holdings;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const repo = 'library/sample';
const content = 'hello';
const manifestText = image({}, content);
const tag = 'latest';

/** Serves a store. */
export async function openRegistry(withDriver: WithDriver, options: RegistryOptions = {}): Promise<Registry> {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return new Promise<Registry>((resolve, reject) => {
    const served = withDriver(async (driver) => {
      const registry = await serve(observe(driver), options, async () => {
        finish();
        await served;
      });
      await registry.restore();
      resolve(registry);
      await finished;
      registry.server.closeAllConnections();
      await new Promise((closed) => registry.server.close(closed));
      await Promise.all(registry.heard.map(({ settled }) => settled));
    });
    served.catch(reject);
  });
}

async function serve(observed: Observed, options: RegistryOptions, close: () => Promise<void>): Promise<Registry> {
  const heard: Heard[] = [];
  const logged: object[] = [];
  const note = (details: object): void => void logged.push(details);
  const handler = createRegistryHandler(observed.driver, { logger: { error: note, warn: note }, ...options });
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const start = performance.now();
    let taken: number | undefined;
    const stop = (): void => {
      taken ??= performance.now() - start;
    };
    const writeHead = response.writeHead;
    response.writeHead = ((...about: Parameters<typeof writeHead>) => {
      stop();
      return writeHead.apply(response, about);
    }) as typeof writeHead;
    response.on('finish', stop).on('close', stop);
    heard.push({ request, response, settled: handler(request, response), milliseconds: () => taken });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let upload = '';
  const holdings = (): Holdings => ({
    repo,
    content,
    blob: digest(content),
    manifest: digest(manifestText),
    manifestText,
    tag,
    upload,
  });
  const restore = async (): Promise<void> => {
    for (const text of ['{}', content]) await push(port, `/v2/${repo}/blobs/uploads/?digest=${digest(text)}`, 'POST', 201, text);
    await push(port, `/v2/${repo}/manifests/${tag}`, 'PUT', 201, manifestText);
    const { headers } = await push(port, `/v2/${repo}/blobs/uploads/`, 'POST', 202, '');
    upload = headers['docker-upload-uuid'] ?? '';
    await push(port, `/v2/${repo}/blobs/uploads/${upload}`, 'PATCH', 202, content);
  };
  return { port, server, heard, logged, observed, holdings, restore, close };
}

async function push(port: number, path: string, method: string, status: number, body: string): Promise<Answer> {
  const wire = await dial(port);
  const type = method === 'PUT' ? `Content-Type: ${imageType}\r\n` : '';
  wire.send(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`);
  const answer = await wire.answer({ milliseconds: 5_000 });
  wire.socket.destroy();
  assert.equal(answer?.status, status, `${method} ${path} gave ${answer?.status} ${answer?.body}`);
  return answer;
}
