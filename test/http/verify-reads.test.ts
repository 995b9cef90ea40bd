/** The option `verifyReads`: what is damaged where it is stored is never served to its end, and a push of it repairs it. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { schema1MediaTypes } from '../../lib/content/manifest.ts';
import { type Driver, isStorageFault, type RegistryOptions } from '../../lib/index.ts';
import { digest as digestOf, imageType } from '../../lib/testing/exchanges/given.ts';
import { manifestOf, pushBlob, referrerOf, repo, sample } from '../../lib/testing/suite/samples.ts';
import { codeOf, expectStatus, locationOf, open, send, withDigest } from '../support/client.ts';
import { damages, fragileDrivers } from '../support/damage.ts';
import { example } from '../support/legacy/schema1-samples.ts';
import { type RunningHandler, startHandler } from '../support/server.ts';

/** What a client got. */
interface Pulled {
  readonly status: number;
  readonly body: Buffer;
  /** By its `Content-Length`. */
  readonly announced: number;
  /** Whether it ended as a reply does that is whole. */
  readonly isWhole: boolean;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Pick<Pulled, 'body' | 'isWhole'>> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) pieces.push(chunk);
    return { body: Buffer.concat(pieces), isWhole: true };
  } catch {
    return { body: Buffer.concat(pieces), isWhole: false };
  }
}

const neverBegun: Pulled = { status: 0, body: Buffer.alloc(0), announced: Number.NaN, isWhole: false };

/** GET, through one of the doors. */
const doors = {
  node: async ({ origin }: RunningHandler, path: string): Promise<Pulled> => {
    const response = await open(origin, { method: 'GET', path }).catch(() => undefined);
    if (!response) return neverBegun;
    const { statusCode: status = 0, headers } = response;
    return { status, announced: Number(headers['content-length']), ...(await collect(response)) };
  },
  fetch: async ({ handler }: RunningHandler, path: string): Promise<Pulled> => {
    const response = await handler.fetch(new Request(`http://registry${path}`));
    const { status, headers, body } = response;
    return { status, announced: Number(headers.get('content-length')), ...(await collect(body ?? new ReadableStream())) };
  },
};

const always: RegistryOptions = { verifyReads: 'always' };
const pathOf = (digest: string): string => `/v2/${repo}/blobs/${digest}`;
const manifestPath = (reference: string): string => `/v2/${repo}/manifests/${reference}`;

/** The faults of the storage that were logged behind so many others, each with its kind. */
function faultsOf({ logged }: RunningHandler, from: number): string[] {
  return logged.slice(from).map((details) => {
    const err = 'err' in details ? details.err : undefined;
    return isStorageFault(err) ? `${err.kind}: ${err.message}` : String(err);
  });
}

/** Waits until the registry has told of so many responses. */
async function told({ events }: RunningHandler, count: number): Promise<void> {
  await expect.poll(() => events.length, { interval: 1, timeout: 10_000 }).toBe(count);
}

/** Pushes a blob in one request, or by an upload: both are ways of clients. */
async function push(origin: string, content: Uint8Array, index: number): Promise<void> {
  const path = `/v2/${repo}/blobs/uploads/`;
  const digest = digestOf(content);
  if (index % 2 === 0)
    return void (await expectStatus(201, origin, { method: 'POST', path: `${path}?digest=${digest}`, body: content }));
  const begun = locationOf(await expectStatus(202, origin, { method: 'POST', path }));
  if (index % 4 === 1)
    return void (await expectStatus(201, origin, { method: 'PUT', path: withDigest(begun, digest), body: content }));
  const grown = locationOf(await expectStatus(202, origin, { method: 'PATCH', path: begun, body: content }));
  await expectStatus(201, origin, { method: 'PUT', path: withDigest(grown, digest) });
}

const sizes = [1, 1_000, 64 * 1024, 64 * 1024 + 1, 256 * 1024 + 1, 700_000, 2_700_000];
const kinds = Object.entries(damages);

describe.each(Object.entries(fragileDrivers))('blobs on %s', (_, start) => {
  it.each(Object.entries(doors))(
    '100 that are damaged, through the door for %s: none is served to its end, all are repaired',
    async (_, get) => {
      const { driver, setBlob } = start();
      await using registry = await startHandler(driver, always);
      for (let index = 0; index < 100; index++) {
        const [how = '', damage = (bytes: Uint8Array) => bytes] = kinds[index % kinds.length] ?? [];
        const content = sample(sizes[index % sizes.length] ?? 0, `${index}`);
        const digest = digestOf(content);
        const what = `blob ${index} of ${content.length} bytes: ${how}`;
        await pushBlob(driver, repo, content);
        const damaged = damage(content);
        await setBlob(repo, digest, damaged);

        const [faults, events] = [registry.logged.length, registry.events.length];
        const got = await get(registry, pathOf(digest));
        await told(registry, events + 1);
        if (got.status === 500) {
          expect(got.body.toString(), what).toBe('{"errors":[{"code":"UNKNOWN","message":"internal error"}]}');
          expect(registry.events[events], what).toMatchObject({ status: 500, code: 'UNKNOWN' });
        } else {
          expect(got.isWhole, what).toBe(false);
          // What came before is what is stored, and not all of it.
          if (damaged.length > 0) expect(got.body.length, what).toBeLessThan(damaged.length);
          else expect(got, what).toEqual(neverBegun);
          expect(got.body.equals(damaged.subarray(0, got.body.length)), what).toBe(true);
          expect(registry.events[events], what).toMatchObject({ status: 200, complete: false });
        }
        const actual = `sha256:${createHash('sha256').update(damaged).digest('hex')}`;
        expect(faultsOf(registry, faults), what).toEqual([
          `broken: the blob ${digest} of ${repo} is damaged: the digest of its bytes is ${actual}`,
        ]);

        await push(registry.origin, content, index);
        const repaired = await get(registry, pathOf(digest));
        expect(repaired, what).toMatchObject({ status: 200, announced: content.length, isWhole: true });
        expect(repaired.body.equals(content), what).toBe(true);
        // Not that it is complete: the client may close its connection before the registry has ended the response.
        await expect
          .poll(() => registry.events.at(-1), { interval: 1 })
          .toMatchObject({ operation: 'getBlob', bytesOut: content.length });
        expect(registry.logged.length, what).toBe(faults + 1);
      }
    },
  );

  it('are repaired by a push where they were deleted before, which is what clients do that look whether a blob is there', async () => {
    const { driver, setBlob } = start();
    await using registry = await startHandler(driver, always);
    const content = sample(100_000);
    const digest = await pushBlob(driver, repo, content);
    await setBlob(repo, digest, content.subarray(1));
    await expectStatus(202, registry.origin, { method: 'DELETE', path: pathOf(digest) });
    await expectStatus(404, registry.origin, { method: 'HEAD', path: pathOf(digest) });
    await push(registry.origin, content, 1);
    expect((await doors.node(registry, pathOf(digest))).body.equals(content)).toBe(true);
  });

  it('are served as they are where the option is not set', async () => {
    const { driver, setBlob } = start();
    await using registry = await startHandler(driver);
    const content = sample(700_000);
    const digest = await pushBlob(driver, repo, content);
    const damaged = damages['a flipped bit in the middle']?.(content) ?? content;
    await setBlob(repo, digest, damaged);
    for (const get of Object.values(doors)) {
      const { isWhole, body } = await get(registry, pathOf(digest));
      expect(isWhole && body.equals(damaged)).toBe(true);
    }
    expect(registry.logged).toEqual([]);
  });

  it('have their digest in the algorithm of their name', async () => {
    const { driver, setBlob } = start();
    await using registry = await startHandler(driver, always);
    const content = sample(700_000);
    const digest = digestOf(content, 'sha512');
    await pushBlob(driver, repo, content, digest);
    expect((await doors.node(registry, pathOf(digest))).body.equals(content)).toBe(true);
    await setBlob(
      repo,
      digest,
      content.map((byte) => byte ^ 1),
    );
    expect((await doors.node(registry, pathOf(digest))).isWhole).toBe(false);
  });

  it('that have no bytes are served', async () => {
    const { driver } = start();
    await using registry = await startHandler(driver, always);
    const digest = await pushBlob(driver, repo, new Uint8Array(0));
    for (const get of Object.values(doors)) {
      expect(await get(registry, pathOf(digest))).toMatchObject({ status: 200, announced: 0, isWhole: true });
    }
    expect(registry.logged).toEqual([]);
  });

  it('are served in ranges, and to HEAD, without a look at their bytes', async () => {
    const { driver, setBlob } = start();
    await using registry = await startHandler(driver, always);
    const content = sample(700_000);
    const digest = await pushBlob(driver, repo, content);
    await setBlob(
      repo,
      digest,
      content.map((byte) => byte ^ 1),
    );
    for (const [Range, count] of [
      ['bytes=0-9', 10],
      ['bytes=0-', 700_000],
    ] as const) {
      const { status, body } = await send(registry.origin, { method: 'GET', path: pathOf(digest), headers: { Range } });
      expect([status, body.length]).toEqual([206, count]);
    }
    await expectStatus(200, registry.origin, { method: 'HEAD', path: pathOf(digest) });
    await expectStatus(304, registry.origin, {
      method: 'GET',
      path: pathOf(digest),
      headers: { 'If-None-Match': `"${digest}"` },
    });
    expect(registry.logged).toEqual([]);
  });

  it('are no fault where the client leaves in the middle', async () => {
    const { driver } = start();
    await using registry = await startHandler(driver, always);
    const digest = await pushBlob(driver, repo, sample(30_000_000));
    const response = await open(registry.origin, { method: 'GET', path: pathOf(digest) });
    await once(response, 'readable');
    response.destroy();
    const { body } = await registry.handler.fetch(new Request(`http://registry${pathOf(digest)}`));
    const reader = body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await told(registry, 2);
    expect(registry.events.map(({ complete }) => complete)).toEqual([false, false]);
    expect(registry.logged).toEqual([]);
  });
});

it('a blob that the storage serves by a redirect is not read', async () => {
  const memory = memoryDriver();
  const content = sample(10);
  const digest = await pushBlob(memory, repo, content);
  const open = (): never => {
    throw new Error('it was opened');
  };
  const get = async () => ({ size: 10, open, url: async () => 'https://store.example/x' });
  const driver: Driver = { ...memory, blobs: { ...memory.blobs, get } };
  await using registry = await startHandler(driver, always);
  await expectStatus(307, registry.origin, { method: 'GET', path: pathOf(digest) });
});

describe.each(Object.entries(fragileDrivers))('manifests on %s', (_, start) => {
  const subject = digestOf('subject');
  const cases = [manifestOf('{"a":1}'), referrerOf('{"b":1}', subject)].flatMap((manifest) =>
    Object.entries(damages).map(([how, damage]) => ({ how, manifest: { ...manifest, ...written(manifest.subject) }, damage })),
  );

  it.each(Object.entries(doors))(
    'that are damaged are refused before their first byte by the door for %s, and repaired by a push',
    async (_, get) => {
      for (const verifyReads of ['always', 'never'] as const) {
        for (const { how, manifest, damage } of cases) {
          const { driver, setManifest } = start();
          await using registry = await startHandler(driver, { verifyReads, allowMissingReferences: true });
          const { digest, bytes } = manifest;
          const put = { method: 'PUT', headers: { 'Content-Type': imageType }, body: bytes };
          await expectStatus(201, registry.origin, { ...put, path: manifestPath('v1') });
          const stored = await driver.manifests.get(repo, digest);
          if (!stored) throw new Error('the manifest was not stored');
          await setManifest(repo, stored, damage);

          if (verifyReads === 'always') {
            for (const reference of [digest, 'v1']) {
              const { status, body } = await get(registry, manifestPath(reference));
              // On a disk, the damage may be in the line before the bytes: the referrer entry, which the push repairs as well.
              if (status === 200 && body.equals(bytes)) continue;
              expect([how, status, body.toString()]).toEqual([
                how,
                500,
                '{"errors":[{"code":"UNKNOWN","message":"internal error"}]}',
              ]);
            }
          }
          await expectStatus(201, registry.origin, { ...put, path: manifestPath(digest) });
          for (const reference of [digest, 'v1']) {
            const { status, body } = await get(registry, manifestPath(reference));
            expect([how, status, body.toString()]).toEqual([how, 200, Buffer.from(bytes).toString()]);
          }
          expect(await driver.manifests.get(repo, digest), how).toEqual(stored);
        }
      }
    },
  );

  it('count as absent where they are damaged, to the condition of a push', async () => {
    const { driver, setManifest } = start();
    await using registry = await startHandler(driver, { allowMissingReferences: true });
    const { bytes, digest } = { ...manifestOf(''), ...written(undefined) };
    const put = {
      method: 'PUT',
      path: manifestPath(digest),
      headers: { 'Content-Type': imageType, 'If-None-Match': '*' },
      body: bytes,
    };
    await expectStatus(201, registry.origin, put);
    await expectStatus(412, registry.origin, put);
    const stored = await driver.manifests.get(repo, digest);
    await setManifest(repo, stored ?? manifestOf(''), damages['a flipped bit at the end'] ?? ((each) => each));
    await expectStatus(201, registry.origin, put);
  });

  it('of schema 1 are checked by what was signed', async () => {
    const { driver, setManifest } = start();
    await using registry = await startHandler(driver, {
      ...always,
      allowMissingReferences: true,
      legacy: { schema1: 'accept', tarsum: true },
    });
    const headers = { 'Content-Type': schema1MediaTypes.signed };
    const put = { method: 'PUT', path: `/v2/${repo}/manifests/v1`, headers, body: example };
    const { headers: pushed } = await expectStatus(201, registry.origin, put);
    const digest = `${pushed['docker-content-digest']}`;
    expect((await doors.node(registry, manifestPath(digest))).body.equals(example)).toBe(true);
    const stored = await driver.manifests.get(repo, digest as never);
    if (!stored) throw new Error('the manifest was not stored');
    // A name inside the payload, and the offset at which the signatures begin.
    const text = example.toString('latin1');
    for (const [from, to] of [
      ['demo/app', 'demo/apq'],
      ['"signatures"', '"signaturez"'],
      ['{', '['],
    ] as const) {
      const other = Buffer.from(text.replace(from, to), 'latin1');
      await setManifest(repo, { ...stored, bytes: other }, (each) => each);
      expect(await doors.fetch(registry, manifestPath(digest)), from).toMatchObject({ status: 500 });
      await expectStatus(201, registry.origin, put);
      expect((await doors.node(registry, manifestPath('v1'))).body.equals(example), from).toBe(true);
    }
    expect(codeOf(await send(registry.origin, { method: 'GET', path: manifestPath('v2') }))).toBe('MANIFEST_UNKNOWN');
  });
});

/** An image, whose digest is that of its bytes. */
function written(subject: string | undefined) {
  const descriptor = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };
  const image = { schemaVersion: 2, mediaType: imageType, config: descriptor, layers: [descriptor] };
  const about = subject && { subject: { mediaType: imageType, digest: subject, size: 7 } };
  const bytes = Buffer.from(JSON.stringify({ ...image, ...about }));
  return { bytes, digest: digestOf(bytes) };
}
