/** A registry that is served over a store, with something in it, and everything that can be asked about it afterwards. */
import type { IncomingMessage, Server } from 'node:http';
import type { Digest } from '../../../lib/api/formats.ts';
import { createRegistryHandler, type RegistryHandler, type RegistryOptions } from '../../../lib/index.ts';
import { digest, image, imageType } from '../../../lib/testing/exchanges/given.ts';
import { expectStatus } from '../client.ts';
import { listen } from '../server.ts';
import type { WithDriver } from '../stores.ts';
import { type Observed, observe } from './observed.ts';

/** A request that reached the handler. */
export interface Heard {
  readonly request: Pick<IncomingMessage, 'url' | 'method' | 'headers'>;
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
  readonly origin: string;
  readonly server: Server;
  /** The same registry for a `Request`. */
  readonly fetch: RegistryHandler['fetch'];
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
      const heard: Heard[] = [];
      const registry = await serve(observe(driver), options, heard);
      await registry.restore();
      const close = async (): Promise<void> => {
        finish();
        await served;
      };
      resolve({ ...registry, close });
      await finished;
      await registry.close();
      await Promise.all(heard.map(({ settled }) => settled));
    });
    served.catch(reject);
  });
}

async function serve(observed: Observed, options: RegistryOptions, heard: Heard[]): Promise<Registry> {
  const logged: object[] = [];
  const note = (details: object): void => void logged.push(details);
  const handler = createRegistryHandler(observed.driver, { logger: { error: note, warn: note }, ...options });
  const { server, port, origin, close } = await listen((request, response) => {
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
    heard.push({ request, settled: handler(request, response), milliseconds: () => taken });
  });
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
    const uploads = `/v2/${repo}/blobs/uploads/`;
    for (const body of ['{}', content])
      await expectStatus(201, origin, { method: 'POST', path: `${uploads}?digest=${digest(body)}`, body });
    const headers = { 'Content-Type': imageType };
    await expectStatus(201, origin, { method: 'PUT', path: `/v2/${repo}/manifests/${tag}`, headers, body: manifestText });
    const begun = await expectStatus(202, origin, { method: 'POST', path: uploads });
    upload = String(begun.headers['docker-upload-uuid']);
    await expectStatus(202, origin, { method: 'PATCH', path: uploads + upload, body: content });
  };
  return { port, origin, server, fetch: handler.fetch, heard, logged, observed, holdings, restore, close };
}
