/** A registry whose host tests with fake timers: it waits by those that Node had when the package was loaded. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { locationOf, send } from '../support/client.ts';
import { useFakeTimers } from '../support/fake-timers.ts';
import { digestsOf, makeImage, pullImage, pushImage } from '../support/images.ts';
import { startRegistry } from '../support/server.ts';
import { connectTo } from '../support/socket.ts';
import { stores } from '../support/stores.ts';

useFakeTimers();

describe.each(['memory', 'fs'])('with fake timers, on %s,', (name) => {
  const withDriver = stores[name] ?? expect.fail();

  it('an image is pushed and pulled', () =>
    withDriver(async (driver) => {
      await using registry = await startRegistry(driver);
      const image = makeImage(300_000);
      await pushImage(`${registry.origin}/v2`, 'library/alpine', 'latest', image);
      expect(digestsOf(await pullImage(`${registry.origin}/v2`, 'library/alpine', 'latest'))).toEqual(digestsOf(image));
      expect(registry.logged).toEqual([]);
    }));

  it('a refused body is answered, and the registry ends', () =>
    withDriver(async (driver) => {
      await using registry = await startRegistry(driver);
      const path = '/v2/a/blobs/uploads/7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';
      expect((await send(registry.origin, { method: 'PATCH', path, body: new Uint8Array(100_000) })).status).toBe(404);
    }));

  it('a body that stands still is broken off', () =>
    withDriver(async (driver) => {
      await using registry = await startRegistry(driver, { timeouts: { bodyIdle: 50 } });
      const path = locationOf(await send(registry.origin, { method: 'POST', path: '/v2/a/blobs/uploads/' }));
      const socket = await connectTo(registry.port);
      socket.write(`PATCH ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello`);
      await once(socket.resume(), 'close');
    }));
});
