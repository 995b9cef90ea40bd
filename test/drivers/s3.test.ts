/** The driver of object stores on the double: the suite, and what each flow costs. `npm run s3` does more. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppender } from '../../drivers/s3/appending.ts';
import { createBufferPool } from '../../drivers/s3/buffer-pool.ts';
import { createContents } from '../../drivers/s3/content.ts';
import { smallestPart } from '../../drivers/s3/part-plan.ts';
import { createSessions } from '../../drivers/s3/sessions.ts';
import { createStore } from '../../drivers/s3/store.ts';
import { createUploadStore } from '../../drivers/s3/uploads.ts';
import { s3Driver } from '../../drivers/s3.ts';
import { newDataKey } from '../../drivers/tree/layout.ts';
import { isStorageFault } from '../../lib/driver.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { digestOf, manifestOf, newId, readName, readTag, repo } from '../../lib/testing/suite/samples.ts';
import { withServer } from '../../lib/testing/wire/serve.ts';
import { send } from '../support/client.ts';
import { pull } from '../support/images.ts';
import { callsOf, flows } from '../support/s3/calls.ts';
import { type S3Double, startS3Double } from '../support/s3/double.ts';
import { type Bucket, s3UnderTest } from '../support/s3/under-test.ts';
import { dial } from '../support/socket.ts';

let double: S3Double;
let client: S3Client;
const open = async (): Promise<Bucket> => ({ clientConfig: double.clientConfig, bucket: double.bucket });

beforeAll(async () => {
  // Pages so short that every listing has several.
  double = await startS3Double({ pageLimit: 5 });
  client = new S3Client(double.clientConfig);
});
afterAll(async () => {
  client.destroy();
  await double.close();
});

const underTest = s3UnderTest('s3Driver', open);
testDriver({ ...underTest, levels: ['contract', 'concurrency'], amounts: { sequences: 3, rounds: 6 } }, { describe, it });

describe('calls to the store', () => {
  it.each(flows)('are $most at most for $name', async (flow) => {
    const calls = await callsOf(flow, client, double.bucket, `calls ${flow.name}/`);
    expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(flow.most);
  });
});

describe('a blob that is larger than an object may be', () => {
  it('is refused before its bytes come', async () => {
    const driver = s3Driver({ client, bucket: double.bucket, prefix: 'too large' });
    await withServer(driver, {}, async (origin) => {
      const { headers } = await send(origin, { method: 'POST', path: '/v2/a/blobs/uploads/' });
      const requests = [`POST /v2/a/blobs/uploads/?digest=${digestOf(Buffer.from(''))}`, `PATCH ${headers.location}`];
      for (const request of requests) {
        const connection = await dial(Number(new URL(origin).port));
        connection.send(`${request} HTTP/1.1\r\nHost: a\r\nContent-Length: ${5 * 2 ** 40 + 1}\r\n\r\nx`);
        const answer = await connection.answer({ milliseconds: 5000 });
        expect([answer?.status, JSON.parse(String(answer?.body)).errors[0].detail]).toEqual([
          413,
          { reason: 'too-large', limit: 5 * 2 ** 40 },
        ]);
        connection.socket.destroy();
      }
    });
  });
});

describe('a redirect', () => {
  it('leads to the bytes, for a GET of the blobs that the option is for', async () => {
    const driver = s3Driver({ client, bucket: double.bucket, prefix: 'redirect', redirect: ({ size }) => size > 5 });
    await withServer(driver, {}, async (origin) => {
      const push = async (content: string) => {
        const digest = digestOf(Buffer.from(content));
        await send(origin, { method: 'POST', path: `/v2/a/blobs/uploads/?digest=${digest}`, body: content });
        return `/v2/a/blobs/${digest}`;
      };
      const [small, large] = [await push('small'), await push('a larger one')];
      const asked = (path: string, method: string) => send(origin, { method, path });
      const answers = await Promise.all([asked(small, 'GET'), asked(large, 'GET'), asked(large, 'HEAD')]);
      expect(answers.map(({ status }) => status)).toEqual([200, 307, 200]);
      expect(await pull(origin + large)).toEqual(Buffer.from('a larger one'));
    });
  });

  it('tells nothing of other repositories: its key is that of an upload to the same one', async () => {
    const driver = s3Driver({ client, bucket: double.bucket, prefix: 'hidden', redirect: 'always' });
    await withServer(driver, {}, async (origin) => {
      const content = Buffer.from('bytes that a hidden repository has');
      const digest = digestOf(content);
      const asked = async (status: number, method: string, path: string, body: Uint8Array | string = '') => {
        const reply = await send(origin, { method, path, body });
        expect(reply.status).toBe(status);
        return reply.headers.location ?? '';
      };
      const inOne = (name: string) => asked(201, 'POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, content);
      const keyIn = async (name: string) => new URL(await asked(307, 'GET', `/v2/${name}/blobs/${digest}`)).pathname;
      await inOne('hidden');
      await inOne('hidden');
      await inOne('mine');
      const begun = await asked(202, 'POST', '/v2/other/blobs/uploads/');
      const sent = await asked(202, 'PATCH', begun, content);
      await asked(201, 'PUT', `${sent}${sent.includes('?') ? '&' : '?'}digest=${digest}`);
      const keys = await Promise.all(['hidden', 'mine', 'other'].map(keyIn));
      expect(new Set(keys.map((key) => key.split('/').at(-2))).size).toBe(3);
      expect(keys[2]).toContain(new URL(begun, origin).pathname.split('/').at(-1));
      await asked(201, 'POST', `/v2/mounted/blobs/uploads/?mount=${digest}&from=mine`);
      expect(await keyIn('mounted')).toBe(keys[1]);
      for (const name of ['hidden', 'mine']) await asked(202, 'DELETE', `/v2/${name}/blobs/${digest}`);
      expect(await pull(`${origin}/v2/mounted/blobs/${digest}`)).toEqual(content);
      const bytes = double.keys().filter((key) => key.startsWith('hidden/data/') && !key.endsWith('/published'));
      expect(bytes, 'what was pushed twice to one repository is there once').toHaveLength(3);
    });
  });

  it('leads to bytes that no expiry takes for unpublished, though the process died as it had published them', async () => {
    const store = createStore(client, double.bucket, 'died/');
    const [sessions, contents] = [createSessions(store), createContents(store, 'own bytes')];
    const appender = createAppender(store, createBufferPool(smallestPart, smallestPart), {
      partSize: smallestPart,
      partsInFlight: 1,
    });
    const uploads = createUploadStore(store, sessions, contents, appender);
    const content = Buffer.from('published by a process that died');
    const digest = digestOf(content);
    const [hidden, mine, mounted] = [readName('hidden'), readName('mine'), readName('mounted')];
    for (const repository of [hidden, mine]) {
      const id = newId();
      const location = { key: newDataKey(id), size: content.length };
      await store.write(location.key, content);
      const phase = { does: 'publish', as: digest } as const;
      await sessions.create(id, { repository, offset: content.length, version: 1, staged: { tail: location }, phase });
      await contents.publish(repository, digest, location, Date.now());
    }
    await contents.link(mounted, digest, (await contents.find(mine, digest)) ?? expect.unreachable());
    for (const repository of [hidden, mine]) await contents.unlink(repository, digest);
    expect(await uploads.expire?.(new Date(Date.now() + 3 * 3_600_000))).toBe(0);
    expect(await contents.find(mounted, digest)).toBeDefined();
    expect(double.keys().filter((key) => key.startsWith('died/sessions/'))).toEqual([]);
  });

  describe('whose bytes are published once more, after a process died as it had published them', () => {
    const content = Buffer.from('published twice');
    const digest = digestOf(content);
    const [first, mine, mounted] = [readName('first'), readName('mine'), readName('mounted')];
    const contentsBelow = (prefix: string) => {
      const store = createStore(client, double.bucket, prefix);
      const contents = createContents(store, 'own bytes');
      const written = async () => {
        const location = { key: newDataKey(newId()), size: content.length };
        await store.write(location.key, content);
        return location;
      };
      return { contents, sharing: createContents(store), written };
    };

    it('and stay, where they were mounted meanwhile and the repository got others', async () => {
      const { contents, sharing, written } = contentsBelow('again-linked/');
      await contents.publish(first, digest, await written(), Date.now());
      const own = await written();
      await contents.publish(mine, digest, own, Date.now());
      await contents.link(mounted, digest, own);
      await contents.unlink(mine, digest);
      await contents.publish(mine, digest, await written(), Date.now());
      for (const again of [contents, sharing]) {
        await again.publish(mine, digest, own, Date.now());
        expect(await contents.find(mounted, digest)).toEqual(own);
        expect(await contents.find(mine, digest)).toBeDefined();
      }
    });

    it('and are acknowledged only where the repository holds them', async () => {
      const { contents, written } = contentsBelow('again-deleted/');
      for (const repository of [first, mine]) await contents.publish(repository, digest, await written(), Date.now());
      const surplus = await written();
      for (let attempt = 0; attempt < 2; attempt++) await contents.publish(mine, digest, surplus, Date.now());
      expect(await contents.find(mine, digest)).toBeDefined();
      await contents.unlink(mine, digest);
      expect(await contents.publish(mine, digest, surplus, Date.now())).toBe(false);
      expect(await contents.find(mine, digest)).toBeUndefined();
    });
  });
});

describe('a store', () => {
  it('that fails in the middle of a deletion lists nothing of what is gone', async () => {
    const { manifests } = s3Driver({ client, bucket: double.bucket, prefix: 'deletion' });
    const { digest } = manifestOf('{}');
    await manifests.put(repo, manifestOf('{}'));
    await manifests.tag(repo, readTag('latest'), digest);
    const heal = double.plan({ operation: 'DeleteObject', key: /latest/, fault: { kind: 'error', code: 'AccessDenied' } });
    await expect(manifests.untag(repo, readTag('latest'))).rejects.toSatisfy(isStorageFault);
    heal();
    expect(await manifests.tags(repo, { limit: 10 })).toEqual([]);
    expect(await manifests.resolve(repo, readTag('latest'))).toBeUndefined();
  });

  it('that ignores conditions is refused, unless only one writes to it', async () => {
    const careless = await startS3Double({ lacks: ['conditional puts'] });
    const options = { bucket: careless.bucket, client: new S3Client(careless.clientConfig) };
    const tag = async (unsafeSingleWriter: boolean) => {
      const { manifests } = s3Driver({ ...options, unsafeSingleWriter });
      await manifests.put(repo, manifestOf('{}'));
      return manifests.tag(repo, readTag('latest'), manifestOf('{}').digest, null);
    };
    await expect(tag(false)).rejects.toSatisfy((error) => isStorageFault(error) && /unsafeSingleWriter/.test(error.message));
    expect(await tag(true)).toBe(true);
    await careless.close();
  });
});
