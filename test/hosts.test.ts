import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { memoryDriver } from '../drivers/memory.ts';
import { createRegistryHandler } from '../lib/index.ts';
import { beginUpload, digestsOf, makeImage, pull, pullImage, pushImage } from './pushing.ts';

/** Runs `body` against a server of its own; `origin` is `http://127.0.0.1:port`. */
async function hosting(listener: RequestListener, body: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** An Express app with a registry under `path` (or with none), and routes of its own before and after it. */
function appWith(path: string | undefined) {
  const handler = createRegistryHandler(memoryDriver());
  const app = express();
  app.get('/before', (_request, response) => response.end('before'));
  if (path === undefined) app.use(handler);
  else app.use(path, handler);
  app.use(express.json());
  app.post('/after', (request, response) => response.end(JSON.stringify((request as { body?: unknown }).body)));
  return app;
}

const hosts: [string, () => RequestListener, string][] = [
  ['node:http', () => createRegistryHandler(memoryDriver()), ''],
  ['Express, at the root', () => appWith(undefined), ''],
  ['Express, at /v2', () => appWith('/v2'), ''],
  ['Express, under a prefix', () => appWith('/registry'), '/registry'],
];

describe.each(hosts)('in %s', (_host, make, prefix) => {
  test('an image is pushed and pulled', async () => {
    await hosting(make(), async (origin) => {
      const image = makeImage(300_000);
      await pushImage(`${origin}${prefix}/v2`, 'library/alpine', 'latest', image);
      expect(digestsOf(await pullImage(`${origin}${prefix}/v2`, 'library/alpine', 'latest'))).toEqual(digestsOf(image));
    });
  });

  test('every Location carries the prefix and can be followed', async () => {
    await hosting(make(), async (origin) => {
      const image = makeImage();
      const upload = await beginUpload(`${origin}${prefix}/v2`, 'a/b');
      const [config, layer, manifest] = await pushImage(`${origin}${prefix}/v2`, 'a/b', 'latest', image);
      for (const url of [upload, config, layer, manifest]) expect(url?.pathname).toMatch(`${prefix}/v2/a/b/`);
      for (const url of [upload, config, layer, manifest]) expect(url?.pathname.indexOf('/v2/')).toBe(prefix.length);
      expect((await fetch(upload)).status).toBe(204);
      expect(
        digestsOf({ manifest: await pull(manifest ?? ''), blobs: [await pull(config ?? ''), await pull(layer ?? '')] }),
      ).toEqual(digestsOf(image));
    });
  });

  test('the check of the API answers with and without the last slash', async () => {
    await hosting(make(), async (origin) => {
      for (const path of ['/v2', '/v2/']) expect((await fetch(`${origin}${prefix}${path}`)).status, path).toBe(200);
    });
  });

  test('what is inside the API but no route of it gets the errors of the registry', async () => {
    await hosting(make(), async (origin) => {
      const response = await fetch(`${origin}${prefix}/v2/nothing/of/that`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({ errors: [{}] });
    });
  });
});

describe.each(hosts.slice(1))('in %s', (_host, make) => {
  test('the routes of the app answer as before, and its parsers get their bodies', async () => {
    await hosting(make(), async (origin) => {
      expect(await (await fetch(`${origin}/before`)).text()).toBe('before');
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${origin}/after`, { method: 'POST', headers, body: '{"kept":true}' });
      expect(await answer.json()).toEqual({ kept: true });
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
      for (const path of ['/', '/v1/', '/v22/', '/healthz']) expect((await fetch(origin + path)).status, path).toBe(418);
      expect((await fetch(`${origin}/v2/`)).status).toBe(200);
    });
    expect(asked).toEqual(['/', '/v1/', '/v22/', '/healthz']);
  });

  test('the handler answers 404 where there is no next', async () => {
    await hosting(createRegistryHandler(memoryDriver()), async (origin) => {
      expect((await fetch(`${origin}/healthz`)).status).toBe(404);
    });
  });
});
