/** What a host is told of its mistakes, with a logger and without one. */
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import compression from 'compression';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { RegistryHandler, RegistryOptions } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { send } from '../../lib/testing/wire/send.ts';
import { leastTime } from '../support/least-time.ts';
import { listen } from '../support/server.ts';

/** The warnings of the process. */
let emitted: string[];
const note = (warning: Error) => {
  if (warning.name === 'StowageWarning') emitted.push(warning.message);
};
beforeEach(() => {
  emitted = [];
  process.on('warning', note);
  // What a process has emitted is not emitted again: each test is a process of its own.
  vi.resetModules();
});
afterEach(() => process.off('warning', note));

const make = async (options: RegistryOptions = {}): Promise<RegistryHandler> => {
  const { createRegistryHandler } = await import('../../lib/index.ts');
  return createRegistryHandler(memoryDriver(), options);
};

/** A logger, and what it hears. */
function hearing() {
  const heard: string[] = [];
  const warn = (_details: object, message: string) => void heard.push(message);
  return { heard, logger: { error: () => {}, warn } };
}

/** Sends requests to a server, and waits until what they caused was told. */
async function ask(listener: RequestListener, paths: readonly string[], options: ServerOptions = { requestTimeout: 0 }) {
  await using host = await listen(createServer(options, listener));
  const statuses: number[] = [];
  for (const path of paths) statuses.push((await send(host.origin, { method: 'GET', path })).status);
  await new Promise((resolve) => setImmediate(resolve));
  return statuses;
}

const cutsUploads = expect.stringMatching(/^the server cuts off every request that takes longer than 300 s.*requestTimeout = 0/);
const hiddenMount = expect.stringMatching(/^a request whose path holds \/v2\/ was not taken .* mountPath /);

describe('a server that will cut off uploads', () => {
  it('is warned of by the process where there is no logger, once for all registries', async () => {
    const { createRegistryHandler } = await import('../../lib/index.ts');
    for (let times = 0; times < 3; times++) {
      const handler = createRegistryHandler(memoryDriver());
      expect(await ask(handler, ['/v2/', '/v2/'], {})).toEqual([200, 200]);
    }
    expect(emitted).toEqual([cutsUploads]);
  });

  it('is warned of by the logger alone where there is one', async () => {
    const { heard, logger } = hearing();
    await ask(await make({ logger }), ['/v2/', '/v2/'], {});
    expect([heard, emitted]).toEqual([[cutsUploads], []]);
  });

  it('is not warned of where it does not', async () => {
    await ask(await make(), ['/v2/', '/v2/a/tags/list', '/elsewhere']);
    expect(emitted).toEqual([]);
  });
});

describe('a body parser that ran before', () => {
  const push = async (listener: RequestListener) => {
    await using host = await listen(createServer({ requestTimeout: 0 }, listener));
    const path = `/v2/a/blobs/uploads/?digest=${digest('{}')}`;
    const headers = { 'content-type': 'application/json' };
    for (let times = 0; times < 3; times++)
      expect((await send(host.origin, { method: 'POST', path, headers, body: '{}' })).status).toBe(500);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const explained = expect.stringMatching(
    /^a body parser ran before the registry and consumed the body: mount the registry before/,
  );

  it('is warned of once by the process where there is no logger', async () => {
    await push(express().use(express.json(), await make()));
    expect(emitted).toEqual([explained]);
  });

  it('is warned of once by the logger where there is one', async () => {
    const { heard, logger } = hearing();
    await push(express().use(express.json(), await make({ logger })));
    expect([heard, emitted]).toEqual([[explained], []]);
  });
});

describe('a mount behind which the registry does not see the API', () => {
  const paths = ['/registry/v2/', '/registry/v2/a/tags/list', '/registry/v2/a/tags/list'];
  const passing = (handler: RegistryHandler): RequestListener => {
    return (request, response) => void handler(request, response, () => response.writeHead(418).end());
  };

  it('is warned of once where it passes on', async () => {
    expect(await ask(passing(await make()), paths)).toEqual([418, 418, 418]);
    expect(emitted).toEqual([hiddenMount]);
  });

  it('is warned of once where it answers 404', async () => {
    const { heard, logger } = hearing();
    expect(await ask(await make({ logger }), paths)).toEqual([404, 404, 404]);
    expect([heard, emitted]).toEqual([[hiddenMount], []]);
  });

  it('is warned of where a router took off too much', async () => {
    const handler = await make({ mountPath: '/elsewhere' });
    const app = express().use('/v2{/*path}', handler);
    expect(await ask(app, ['/v2/a/tags/list'])).toEqual([404]);
    expect(emitted).toEqual([hiddenMount]);
  });

  it.each(['/api/v2/users', '/api/v2', '/docs?see=/v2/', '/v1/', '/', '/v2x/', '//v2/', '/../v2/', '/x/./v2/', '/<x>/v2/'])(
    'is not seen in %s, which is no path of the API',
    async (path) => {
      expect(await ask(passing(await make()), [path])).toEqual([418]);
      expect(emitted).toEqual([]);
    },
  );

  it('is looked for without delay in a path that is long and hostile', async () => {
    const advise = (await import('../../lib/doors/mount.ts')).mountAdvisor(() => {});
    for (const part of ['/', '/a', '/v2', '/v2/', '/./', '%'])
      expect(leastTime(() => advise(`/x${part.repeat(8000)}/v2/`))).toBeLessThan(20);
  });

  it('does what is asked once it has the option', async () => {
    expect(await ask(await make({ mountPath: '/registry' }), paths)).toEqual([200, 404, 404]);
    expect(emitted).toEqual([]);
  });
});

it('a listener for requests that came after attach is told of once, to the logger alone', async () => {
  const { heard, logger } = hearing();
  const server = (await make({ logger })).attach(createServer({ requestTimeout: 0 }));
  server.on('request', (_request, response) => void (response.headersSent || response.end('another')));
  await using host = await listen(server);
  for (let turn = 0; turn < 2; turn++) await send(host.origin, { method: 'GET', path: '/v2/' });
  expect(heard).toEqual([expect.stringContaining('attach the registry after everything else')]);
  expect(emitted).toEqual([]);
});

describe('a registry that is attached to a server with another one', () => {
  const behindAnother = expect.stringMatching(/^two registries are attached to one server: .* a path of its own/);

  it.each<[string, string | undefined, string | undefined]>([
    ['at the root as well', undefined, undefined],
    ['at the same path', '/a', '/a'],
    ['at a path, and the other one at the root', '/a', undefined],
  ])('%s, takes all of it, and is warned of before any request', async (_, mountPath, earlier) => {
    const { heard, logger } = hearing();
    const server = (await make({ mountPath: earlier })).attach(createServer());
    (await make({ logger, mountPath })).attach(server);
    expect([heard, emitted]).toEqual([[behindAnother], []]);
  });

  it('is not warned of where the other one has a path that it leaves alone', async () => {
    const [first, second, root] = [await make({ mountPath: '/a' }), await make({ mountPath: '/b' }), await make()];
    root.attach(second.attach(first.attach(createServer())));
    expect(emitted).toEqual([]);
  });

  it('is not warned of where it is the same one', async () => {
    const handler = await make();
    handler.attach(handler.attach(createServer()));
    expect(emitted).toEqual([]);
  });

  it('is not warned of where the other one was closed, or its listeners were taken away', async () => {
    const [closed, removed, last] = [await make(), await make(), await make()];
    const server = closed.attach(createServer());
    await closed.close();
    removed.attach(server);
    server.removeAllListeners();
    last.attach(server);
    expect(emitted).toEqual([]);
  });
});

describe('what attach is not for', () => {
  it.each<[string, unknown]>([
    ['an app of Express', express()],
    ['nothing', undefined],
    ['an object', {}],
  ])('%s, is refused in words', async (_, server) => {
    const handler = await make();
    expect(() => handler.attach(server as ReturnType<typeof createServer>)).toThrow(/^attach takes a server of node:http/);
  });
});

describe('a middleware that compresses', () => {
  const encoded = expect.stringMatching(
    /^a middleware before the registry has encoded a response .* mount the registry before it/,
  );
  const gzip = { 'accept-encoding': 'gzip' };
  /** Pushes a manifest that is long enough to be compressed, and gives the headers that it comes back with. */
  const pull = async (listener: RequestListener) => {
    await using host = await listen(createServer({ requestTimeout: 0 }, listener));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations: { long: 'x'.repeat(5_000) } });
    const path = '/v2/a/manifests/latest';
    const pushed = await send(host.origin, { method: 'PUT', path, headers: { 'content-type': mediaType }, body });
    expect(pushed.status).toBe(201);
    for (let turn = 0; turn < 2; turn++) await send(host.origin, { method: 'GET', path, headers: gzip });
    const { headers } = await send(host.origin, { method: 'GET', path, headers: gzip });
    await new Promise((resolve) => setImmediate(resolve));
    return [headers['content-encoding'], headers['content-length']];
  };

  it('is warned of once where it is before the registry, as its responses are not what was stored', async () => {
    expect(await pull(express().use(compression(), await make()))).toEqual(['gzip', undefined]);
    expect(emitted).toEqual([encoded]);
  });

  it('is warned of where it decides at the first bytes only', async () => {
    const late: Parameters<ReturnType<typeof express>['use']>[1] = (_request, response, next) => {
      const { writeHead, end } = response;
      let status = 200;
      response.writeHead = ((given: number, headers: Record<string, string>) => {
        status = given;
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        return response;
      }) as typeof writeHead;
      response.end = ((...given: Parameters<typeof end>) => {
        response.setHeader('Content-Encoding', 'x-own');
        writeHead.call(response, status);
        return end.apply(response, given);
      }) as typeof end;
      next();
    };
    await pull(express().use(late, await make()));
    expect(emitted).toEqual([encoded]);
  });

  it('is not warned of where it leaves the bytes as they are', async () => {
    const identity: Parameters<ReturnType<typeof express>['use']>[1] = (_request, response, next) => {
      response.setHeader('Content-Encoding', 'identity');
      next();
    };
    await pull(express().use(identity, await make()));
    expect(emitted).toEqual([]);
  });

  it('is not warned of where it is behind the registry', async () => {
    expect(await pull(express().use(await make(), compression()))).toEqual([undefined, expect.any(String)]);
    expect(emitted).toEqual([]);
  });
});

it('nothing else is told where there is no logger', async () => {
  const broken = () => {
    throw new Error('out of order');
  };
  expect(await ask(await make({ authorize: broken }), ['/v2/a/tags/list'])).toEqual([503]);
  const lenient = { requestTimeout: 0, insecureHTTPParser: true };
  expect(await ask(await make(), ['/v2/'], lenient)).toEqual([200]);
  expect(emitted).toEqual([]);
});
