/** The registry in the servers and frameworks that host it, and behind proxies. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  IncomingMessage,
  type RequestListener,
  request,
  type ServerOptions,
  ServerResponse,
} from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
} from 'node:http2';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { serverAdvisor } from '../../lib/doors/node/server-settings.ts';
import { createRegistryHandler, type RegistryOptions, type ResponseEvent } from '../../lib/index.ts';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { digestOf, send } from '../support/client.ts';
import { beginUpload, makeImage, pull, pushAndPull, push as pushImage } from '../support/images.ts';
import { listen } from '../support/server.ts';

/** Runs `body` against a server of its own; `origin` is `http://127.0.0.1:port`. */
async function hosting(listener: RequestListener, body: (origin: string) => Promise<void>): Promise<void> {
  await using server = await listen(listener);
  await body(server.origin);
}

/** The reply to a GET. */
const get = (origin: string, path: string) => send(origin, { method: 'GET', path });

/** An Express app with a registry under `path` (or with none), and routes of its own before and after it. */
function appWith(path: string | undefined, options: RegistryOptions = {}) {
  const handler = createRegistryHandler(memoryDriver(), options);
  const app = express();
  app.get('/before', (_request, response) => response.end('before'));
  if (path === undefined) app.use(handler);
  else app.use(path, handler);
  app.use(express.json());
  app.post('/after', (request, response) => response.end(JSON.stringify((request as { body?: unknown }).body)));
  return app;
}

/** The same, below a prefix of which the host leaves no trace. */
function hidden(prefix: string, options: RegistryOptions): RequestListener {
  const app = appWith(undefined, options);
  return (request, response) => {
    if (request.url?.startsWith(`${prefix}/`)) request.url = request.url.slice(prefix.length);
    app(request, response);
  };
}

const hosts: [string, () => RequestListener, string][] = [
  ['node:http', () => createRegistryHandler(memoryDriver()), ''],
  ['Express, at the root', () => appWith(undefined), ''],
  ['Express, at /v2', () => appWith('/v2'), ''],
  ['Express, under a prefix', () => appWith('/registry'), '/registry'],
  ['Express, at a wildcard below /v2', () => appWith('/v2{/*path}'), ''],
  ['Express, at a wildcard', () => appWith('/{*path}'), ''],
  ['Express, at a wildcard, with the root as its mount path', () => appWith('/{*path}', { mountPath: '' }), ''],
  ['Express, with the prefix hidden', () => hidden('/registry', { mountPath: '/registry' }), '/registry'],
];

describe.each(hosts)('in %s', (_host, make, prefix) => {
  test('an image is pushed and pulled', async () => {
    await hosting(make(), (origin) => pushAndPull(`${origin}${prefix}/v2`, 'library/alpine', makeImage(300_000)));
  });

  test('every Location carries the prefix and can be followed', async () => {
    await hosting(make(), async (origin) => {
      const image = makeImage();
      const upload = await beginUpload(`${origin}${prefix}/v2`, 'a/b');
      const locations = await pushImage(`${origin}${prefix}/v2`, 'a/b', image, 'latest');
      for (const { pathname } of [upload, ...locations]) expect(pathname).toMatch(`${prefix}/v2/a/b/`);
      for (const { pathname } of [upload, ...locations]) expect(pathname.indexOf('/v2/')).toBe(prefix.length);
      expect((await get(origin, upload.href)).status).toBe(204);
      const pulled = await Promise.all(locations.map(pull));
      expect(pulled.map((bytes) => digestOf(bytes))).toEqual([...image.blobs, image.manifest].map(({ digest }) => digest));
    });
  });

  test('the check of the API answers with and without the last slash', async () => {
    await hosting(make(), async (origin) => {
      for (const path of ['/v2', '/v2/']) expect((await get(origin, prefix + path)).status, path).toBe(200);
    });
  });

  test('what is inside the API but no route of it gets the errors of the registry', async () => {
    await hosting(make(), async (origin) => {
      const { status, headers, body } = await get(origin, `${prefix}/v2/nothing/of/that`);
      expect(status).toBe(404);
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(String(body))).toMatchObject({ errors: [{}] });
    });
  });
});

describe.each(hosts.slice(1))('in %s', (_host, make) => {
  test('the routes of the app answer as before, and its parsers get their bodies', async () => {
    await hosting(make(), async (origin) => {
      expect(String((await get(origin, '/before')).body)).toBe('before');
      const headers = { 'content-type': 'application/json' };
      const { body } = await send(origin, { method: 'POST', path: '/after', headers, body: '{"kept":true}' });
      expect(JSON.parse(String(body))).toEqual({ kept: true });
    });
  });
});

describe('outside the API', () => {
  test('the handler calls next, and answers nothing itself', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const asked: (string | undefined)[] = [];
    const listener: RequestListener = (request, response) => {
      const next = () => {
        asked.push(request.url);
        response.writeHead(418).end();
      };
      void handler(request, response, next);
    };
    await hosting(listener, async (origin) => {
      for (const path of ['/', '/v1/', '/v22/', '/healthz']) expect((await get(origin, path)).status, path).toBe(418);
      expect((await get(origin, '/v2/')).status).toBe(200);
    });
    expect(asked).toEqual(['/', '/v1/', '/v22/', '/healthz']);
  });

  test('the handler gives the promise of next, by which its host goes', async () => {
    const handler = createRegistryHandler(memoryDriver());
    const steps: string[] = [];
    const listener: RequestListener = async (request, response) => {
      const next = async () => {
        await sleep(20);
        steps.push('the app has answered');
      };
      await handler(request, response, next);
      steps.push('the host goes on');
      response.end();
    };
    await hosting(listener, async (origin) => {
      await get(origin, '/app');
    });
    expect(steps).toEqual(['the app has answered', 'the host goes on']);
    const failing = async () => Promise.reject(new Error('the app failed'));
    const request = new IncomingMessage(new Socket());
    request.url = '/app';
    await expect(handler(request, new ServerResponse(request), failing)).rejects.toThrow('the app failed');
  });

  test('the handler answers 404 where there is no next', async () => {
    await hosting(createRegistryHandler(memoryDriver()), async (origin) => {
      expect((await get(origin, '/healthz')).status).toBe(404);
    });
  });
});

describe('behind a body parser', () => {
  type Listener = ReturnType<typeof express.json>;
  const everything = { type: '*/*', limit: '10mb' };
  const behind = (...parsers: Listener[]) => {
    const logged: object[] = [];
    const note = (details: object) => logged.push(details);
    const app = express();
    for (const parser of parsers) app.use(parser);
    app.use(createRegistryHandler(memoryDriver(), { logger: { error: note, warn: () => {} } }));
    return { app, logged };
  };
  const headers = { 'content-type': 'application/octet-stream' };
  const push = (origin: string, body: string | Uint8Array) =>
    send(origin, { method: 'POST', path: `/v2/a/blobs/uploads/?digest=${digest(body)}`, headers, body });

  test.each<[string, Listener[]]>([
    ['that leaves the bytes of everything', [express.raw(everything)]],
    ['that takes JSON only, as it calls itself', [express.json()]],
    [
      'that leaves an empty object where it did nothing',
      [
        (request, _response, next) => {
          Object.assign(request, { body: {} });
          next();
        },
      ],
    ],
  ])('%s, an image is pushed and pulled', async (_parser, parsers) => {
    const { app, logged } = behind(...parsers);
    await hosting(app, (origin) => pushAndPull(`${origin}/v2`, 'library/alpine', makeImage(300_000)));
    expect(logged).toEqual([]);
  });

  test('that leaves text, what is text is taken', async () => {
    const { app } = behind(express.text(everything));
    await hosting(app, async (origin) => {
      expect((await push(origin, '{"text": "é"}')).status).toBe(201);
    });
  });

  const half: Listener = (request, _response, next) => {
    if (request.method === 'GET') return next();
    request.once('data', () => {
      request.pause();
      next();
    });
  };
  test.each<[string, Listener, string | Uint8Array, string]>([
    ['parsed the body', express.json({ type: '*/*' }), '{}', 'consumed the body'],
    ['made text of bytes', express.text(everything), new Uint8Array([0xff, 0xfe, 0xfd]), 'changed the body'],
    ['read a part of the body', half, new Uint8Array(1_000_000), 'read a part of the body'],
  ])('that %s, the fault is explained, and how to mend it', async (_case, parser, body, explanation) => {
    const { app, logged } = behind(parser);
    await hosting(app, async (origin) => {
      const reply = await push(origin, body);
      expect(reply.status).toBe(500);
      const message = `a body parser ran before the registry and ${explanation}: mount the registry before it, or keep it from /v2`;
      expect(JSON.parse(String(reply.body))).toEqual({ errors: [{ code: 'UNKNOWN', message }] });
      expect(logged).toMatchObject([{ err: { message }, status: 500 }]);
      expect((await get(origin, `/v2/a/blobs/${digest(body)}`)).status).toBe(404);
    });
  });

  test('that found the length to be wrong, the fault is explained', async () => {
    const shorten: Listener = (request, _response, next) => {
      Object.assign(request, { body: Buffer.from('ello') });
      next();
    };
    const { app } = behind(express.raw(everything), shorten);
    await hosting(app, async (origin) => {
      const reply = await push(origin, 'hello');
      expect([reply.status, String(reply.body)]).toEqual([500, expect.stringContaining('changed the body')]);
    });
  });
});

describe('a host', () => {
  const warningsOf = async (server: ServerOptions, options: RegistryOptions = {}) => {
    const warnings: string[] = [];
    const warn = (_details: object, message: string) => warnings.push(message);
    const handler = createRegistryHandler(memoryDriver(), { ...options, logger: { error: () => {}, warn } });
    await using host = await listen(createServer(server, handler));
    for (let times = 0; times < 3; times++) expect((await get(host.origin, '/v2/')).status).toBe(200);
    return warnings;
  };

  test('that will cut off uploads is warned of once, with the fix', async () => {
    expect(await warningsOf({})).toEqual([
      expect.stringMatching(/^the server cuts off every request that takes longer than 300 s.*set server\.requestTimeout = 0/),
    ]);
  });

  test('that parses leniently is warned of once, with the fix', async () => {
    expect(await warningsOf({ requestTimeout: 0, insecureHTTPParser: true })).toEqual([
      expect.stringMatching(/^the server parses HTTP leniently.*remove the option insecureHTTPParser/),
    ]);
  });

  test('that closes idle connections before the proxy that it trusts is warned of once, with the fix', async () => {
    const short = { requestTimeout: 0, keepAliveTimeout: 5000 };
    expect(await warningsOf(short, { trustProxy: 'loopback' })).toEqual([
      expect.stringMatching(/^the server closes idle connections after 5 s.*set server\.keepAliveTimeout = 75_000$/),
    ]);
    expect(await warningsOf(short)).toEqual([]);
    for (const keepAliveTimeout of [75_000, 0])
      expect(await warningsOf({ ...short, keepAliveTimeout }, { trustProxy: 'loopback' }), `${keepAliveTimeout}`).toEqual([]);
  });

  test('whose limit for request headers is shorter than its connections may idle keeps them all the same', async () => {
    const settings = { requestTimeout: 0, headersTimeout: 100, keepAliveTimeout: 60_000, connectionsCheckingInterval: 20 };
    await using host = await listen(createServer(settings, createRegistryHandler(memoryDriver())));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const used = new Set<unknown>();
    for (let times = 0; times < 2; times++) {
      const asked = request(`${host.origin}/v2/`, { agent }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      used.add(asked.socket);
      await response.resume().toArray();
      await sleep(300);
    }
    agent.destroy();
    expect(used.size).toBe(1);
  });

  test('that does none of this is not', async () => {
    expect(await warningsOf({ requestTimeout: 0 })).toEqual([]);
  });

  test('that does not say what server it is does no harm', () => {
    const advise = serverAdvisor(() => expect.unreachable(), true);
    for (const socket of [undefined, null, {}, { server: null }, { server: 'x' }, { server: {} }])
      advise({ socket } as unknown as IncomingMessage);
  });
});

describe('over HTTP/2', () => {
  type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

  /** Opens a session with a server, and gives what the test makes of it. */
  const withSession = async (listener: Http2Listener, body: (session: ClientHttp2Session) => Promise<void>) => {
    await using server = await listen(createHttp2Server(listener));
    const session = connect(server.origin);
    await body(session);
    session.destroy();
  };

  test('a blob is pushed and pulled, and HEAD is answered', () =>
    withSession(createRegistryHandler(memoryDriver()), async (session) => {
      const ask = async (method: string, path: string, body?: string) => {
        const stream = session.request({ ':method': method, ':path': path });
        stream.end(body);
        const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
        const pieces: Buffer[] = await stream.toArray();
        return [headers[':status'], headers['content-length'], String(Buffer.concat(pieces))];
      };
      const blob = `/v2/a/blobs/${digest('hello')}`;
      expect(await ask('POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 'hello')).toEqual([201, '0', '']);
      expect(await ask('GET', blob)).toEqual([200, '5', 'hello']);
      expect(await ask('HEAD', blob)).toEqual([200, '5', '']);
      expect(await ask('HEAD', `/v2/a/blobs/${digest('x')}`)).toEqual([404, expect.any(String), '']);
    }));

  test('a request that reaches the handler after its client left settles, as 499', async () => {
    const events: ResponseEvent[] = [];
    const handler = createRegistryHandler(memoryDriver(), { onResponse: (event) => void events.push(event) });
    const settled: Promise<void>[] = [];
    const late: Http2Listener = async (request, response) => {
      await once(response, 'close');
      settled.push(handler(request, response));
    };
    await withSession(late, async (session) => {
      const stream = session.request({ ':path': '/v2/' });
      await sleep(50);
      stream.close(constants.NGHTTP2_CANCEL);
      while (settled.length === 0) await sleep(5);
      await Promise.all(settled);
    });
    expect(events).toMatchObject([{ status: 499, complete: false }]);
  });
});

describe('a request of a host that has no socket', () => {
  const answered = async (options: RegistryOptions = {}, about: object = {}) => {
    const head = {
      method: 'GET',
      url: '/v2/',
      httpVersion: '1.1',
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      complete: true,
      ...about,
    };
    const request = Object.assign(new IncomingMessage(null as unknown as Socket), head);
    request.push(null);
    const response = new ServerResponse(request);
    const taken = new PassThrough();
    response.assignSocket(taken as unknown as Socket);
    const addresses: unknown[] = [];
    const onResponse = ({ remoteAddress }: ResponseEvent) => void addresses.push(remoteAddress);
    await createRegistryHandler(memoryDriver(), { ...options, onResponse })(request, response);
    taken.end();
    return { status: response.statusCode, text: await textOf(taken), addresses };
  };

  test.each<[string, RegistryOptions]>([
    ['as it is', {}],
    ['with authorize', { authorize: ({ remoteAddress }) => ({ may: () => remoteAddress === undefined }) }],
    ['with trustProxy', { trustProxy: true }],
  ])('is served and told of %s', async (_, options) => {
    const { status, text, addresses } = await answered(options);
    expect(addresses).toEqual([undefined]);
    expect(status).toBe(200);
    expect(text).toMatch(/\{\}$/);
  });

  test.each<[string, object]>([
    ['that does not say whether its body is there', { complete: false, headers: { 'content-length': '100000' } }],
    ['whose version is a text', { httpVersionMajor: '1' }],
    ['that has no version', { httpVersionMajor: undefined }],
  ])('is served at once: one %s', async (_, about) => {
    const begun = performance.now();
    const { status, text } = await answered({}, about);
    expect(status).toBe(200);
    expect(text, 'no bytes are on their way').not.toMatch(/^connection: close/im);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('behind a proxy', () => {
  const asked: (string | undefined)[] = [];
  const begin = async (options: RegistryOptions, headers: Record<string, string>, mount = '') => {
    const handler = createRegistryHandler(memoryDriver(), {
      ...options,
      authorize: ({ remoteAddress }) => {
        asked.push(remoteAddress);
        return { may: () => true };
      },
    });
    await using host = await listen(mount === '' ? handler : express().use(mount, handler));
    const reply = await send(host.origin, { method: 'POST', path: `${mount}/v2/a/blobs/uploads/`, headers });
    return [reply.status, reply.headers.location?.replace(/uploads\/.*/, 'uploads/'), asked.pop()];
  };
  const headers = {
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'r.example',
    'x-forwarded-prefix': '/p',
  };

  test.each<[string, RegistryOptions, Record<string, string>, string, unknown[]]>([
    ['that is not trusted, it is not heard', {}, headers, '', [202, '/v2/a/blobs/uploads/', '127.0.0.1']],
    ['URLs are absolute', { trustProxy: 'loopback' }, headers, '', [202, 'https://r.example/p/v2/a/blobs/uploads/', '192.0.2.7']],
    ['they contain the mount', { trustProxy: 1 }, headers, '/m', [202, 'https://r.example/p/m/v2/a/blobs/uploads/', '192.0.2.7']],
    [
      'a standard header that says something else makes both worthless',
      { trustProxy: true },
      { ...headers, forwarded: 'for=192.0.2.8;proto=http;host=f.example' },
      '',
      [202, '/v2/a/blobs/uploads/', undefined],
    ],
    [
      'that sets the standard header, URLs are absolute',
      { trustProxy: true, forwardedHeaders: 'forwarded' },
      { forwarded: 'for=192.0.2.8;proto=http;host=f.example', 'x-forwarded-prefix': '/forged' },
      '/m',
      [202, 'http://f.example/m/v2/a/blobs/uploads/', '192.0.2.8'],
    ],
    [
      'that says nonsense, URLs are paths',
      { trustProxy: true },
      { ...headers, 'x-forwarded-host': 'r.example/evil' },
      '',
      [202, '/p/v2/a/blobs/uploads/', '192.0.2.7'],
    ],
    [
      'the public URL is what it was told to be',
      { trustProxy: true, publicUrl: 'https://public.example' },
      headers,
      '',
      [202, 'https://public.example/v2/a/blobs/uploads/', '192.0.2.7'],
    ],
  ])('%s', async (_case, options, sent, mount, expected) => {
    expect(await begin(options, sent, mount)).toEqual(expected);
  });

  test('that cannot be judged, nobody is let in', async () => {
    const trustProxy = () => {
      throw new Error('the list of proxies is gone');
    };
    expect(await begin({ trustProxy }, headers)).toEqual([503, undefined, undefined]);
  });

  test.each([
    ['does not trust', async () => false],
    ['fails', async () => Promise.reject(new Error('the list of proxies is gone'))],
  ])('that is judged by a promise, which %s, nobody is let in', async (_, judge) => {
    const options: RegistryOptions = {};
    // As a host without types writes it.
    Object.assign(options, { trustProxy: judge });
    expect(await begin(options, headers)).toEqual([503, undefined, undefined]);
  });
});
