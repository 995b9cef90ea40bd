/** Registries that are busy, ask for logins, lead elsewhere, or lie. None of them is on a network. */
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { createFetchHandler } from '../../../lib/fetch.ts';
import { artifact, type Content, image, index, randomImage } from '../../../lib/testing/fixture/index.ts';
import { type CopyOptions, copy, layout, type RegistryPlaceOptions, registry, storage } from '../../../lib/transfer/index.ts';
import { startForTest } from '../../support/fixture.ts';
import { folderForTest, layoutWith } from '../../support/transfer/places.ts';

const origin = 'https://registry.example.com';
const url = `${origin}/app`;
const content = randomImage({ size: 500_000 });
const credentials = { username: 'ann', password: 'secret' };

type Answer = (request: Request) => Response | Promise<Response> | undefined;

/** A registry with the content under `app:latest`, that answers some requests in its own way; and what it was asked. */
async function remote(answer: Answer = () => undefined, held: Content = content) {
  const driver = memoryDriver();
  await copy(await layoutWith({ latest: held }), storage(driver, 'app'));
  const handler = createFetchHandler(driver);
  const asked: { readonly line: string; readonly authorization: string | null }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.get('authorization') });
    return (await answer(request)) ?? handler(request);
  };
  return { fetch, asked, driver };
}

const pull = ({ fetch }: Pick<RegistryPlaceOptions, 'fetch'>, options: CopyOptions & RegistryPlaceOptions = {}) => {
  const { credentials: login, ...others } = options;
  return copy(registry(url, { fetch, credentials: login }), storage(memoryDriver(), 'app'), others);
};

const isBlob = ({ url }: Request): boolean => url.includes('/blobs/');
const isManifest = ({ url }: Request): boolean => url.includes('/manifests/');
const challenge = (realm: string) =>
  new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="registry"` } });

/** A body without an end, and how much of it was taken. */
function endless() {
  const taken = { bytes: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken.bytes += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
    cancel() {
      taken.isCancelled = true;
    },
  });
  return { body, taken };
}

describe('a registry that is busy', () => {
  it('is asked again after the time that it names', async () => {
    let busy = 2;
    const { fetch, asked } = await remote((request) =>
      isBlob(request) && busy-- > 0 ? new Response('later', { status: 429, headers: { 'retry-after': '0' } }) : undefined,
    );
    expect(await pull({ fetch }, { concurrency: 1 })).toMatchObject({ blobs: 2 });
    expect(asked.filter(({ line }) => line.includes('/blobs/'))).toHaveLength(4);
  });

  it('is given up after the fifth time, in its own words', async () => {
    const words = JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'come\u001b[31m later' }] });
    const { fetch, asked } = await remote(() => new Response(words, { status: 503, headers: { 'retry-after': '0' } }));
    await expect(pull({ fetch })).rejects.toThrow(
      'registry.example.com answers GET /v2/app/manifests/latest with 503: come [31m later',
    );
    expect(asked).toHaveLength(5);
  });

  it('is not waited for where it names more than a minute', async () => {
    const { fetch, asked } = await remote(() => new Response(null, { status: 503, headers: { 'retry-after': '61' } }));
    await expect(pull({ fetch })).rejects.toThrow('with 503');
    expect(asked).toHaveLength(1);
  });

  it('is waited for until the signal is aborted', async () => {
    const { fetch } = await remote(() => new Response(null, { status: 503, headers: { 'retry-after': '30' } }));
    await expect(pull({ fetch }, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
  });

  it('gets a blob again from its first byte', async () => {
    let busy = 1;
    const { fetch, driver } = await remote((request) =>
      request.method === 'PUT' && isBlob(request) && busy-- > 0
        ? new Response(null, { status: 503, headers: { 'retry-after': '0' } })
        : undefined,
    );
    const other = randomImage({ seed: 'other', size: 300_000 });
    await copy(await layoutWith({ other }), registry(url, { fetch }));
    expect(await copy(storage(driver, 'app'), storage(memoryDriver(), 'app'), { references: ['other'] })).toMatchObject({
      blobs: 2,
    });
  });
});

describe('a login', () => {
  const token = (request: Request): Response | undefined =>
    request.url.startsWith('https://auth.example.com/') ? Response.json({ token: 'a-token' }) : undefined;

  it('is told to the token service alone, and the token to the registry alone', async () => {
    const elsewhere = 'https://blobs.example.net';
    const { fetch, asked } = await remote((request) => {
      if (request.url.startsWith(elsewhere)) return new Response(new Uint8Array(bytesOf(new URL(request.url).pathname)));
      if (request.url.startsWith(origin) && request.headers.get('authorization') !== 'Bearer a-token')
        return challenge('https://auth.example.com/token');
      const [, digest] = /\/blobs\/(.+)$/.exec(request.url) ?? [];
      return token(request) ?? (digest ? Response.redirect(`${elsewhere}/${digest}`, 307) : undefined);
    });
    expect(await pull({ fetch }, { credentials })).toMatchObject({ blobs: 2 });
    const told = (start: string) => new Set(asked.filter(({ line }) => line.includes(start)).map((each) => each.authorization));
    expect(told('auth.example.com')).toEqual(new Set([`Basic ${btoa('ann:secret')}`]));
    expect(told(elsewhere)).toEqual(new Set([null]));
    expect(told(origin)).toEqual(new Set([null, 'Bearer a-token']));
    expect(asked.filter(({ line }) => line.includes('auth.example.com')).map(({ line }) => line)).toEqual([
      'GET https://auth.example.com/token?service=registry&scope=repository%3Aapp%3Apull',
    ]);
  });

  const bytesOf = (path: string) =>
    content.blobs.find(({ digest }) => path === `/${digest}` || decodeURIComponent(path) === `/${digest}`)?.bytes ??
    expect.fail(path);

  it.each(['http://auth.example.com/token', 'ftp://registry.example.com/token', 'https://a:b@auth.example.com/', 'no URL'])(
    'is not told to a token service at %s',
    async (realm) => {
      const { fetch, asked } = await remote(() => challenge(realm));
      await expect(pull({ fetch }, { credentials })).rejects.toThrow(/names a token service that/);
      expect(asked).toHaveLength(1);
    },
  );

  it('is told to no place that the token service redirects to', async () => {
    const { fetch, asked } = await remote((request) =>
      request.url.startsWith(origin)
        ? challenge('https://auth.example.com/')
        : Response.redirect('https://other.example.net/', 302),
    );
    await expect(pull({ fetch }, { credentials })).rejects.toThrow(
      'the token service at https://auth.example.com answers with 302',
    );
    expect(asked.some(({ line }) => line.includes('other'))).toBe(false);
  });

  it('is told to no other host that an upload is sent to', async () => {
    const uploads = 'https://uploads.example.net';
    const { fetch, asked } = await remote((request) => {
      if (request.url.startsWith(uploads)) return new Response(null, { status: 201 });
      if (request.headers.get('authorization') === null)
        return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } });
      if (request.method === 'POST') return new Response(null, { status: 202, headers: { location: `${uploads}/1?a=b` } });
      return request.method === 'PUT' ? new Response(null, { status: 201 }) : undefined;
    });
    const place = registry(url, { fetch, credentials });
    await copy(await layoutWith({ one: randomImage({ seed: 'new' }) }), place);
    const sent = asked.filter(({ line }) => line.includes(uploads));
    expect(sent.map((each) => each.authorization)).toEqual([null, null]);
    expect(sent[0]?.line).toMatch(/^PUT https:\/\/uploads\.example\.net\/1\?a=b&digest=sha256%3A/);
  });

  it('that is refused is an error in words', async () => {
    const basic = () => new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="a"' } });
    const { fetch, asked } = await remote(basic);
    await expect(pull({ fetch }, { credentials })).rejects.toThrow('with 401');
    expect(asked).toHaveLength(2);
    await expect(pull({ fetch })).rejects.toThrow('with 401');
    expect(asked).toHaveLength(3);
  });

  it('whose token has expired meanwhile is made again', async () => {
    const server = await startForTest({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
    await server.seed('app:latest', content);
    let isExpired = false;
    const fetch = (request: Request): Promise<Response> => {
      if (isBlob(request) && !isExpired) server.expireTokens();
      isExpired ||= isBlob(request);
      return globalThis.fetch(request);
    };
    const place = registry(`${server.url}/app`, { fetch, credentials });
    expect(await copy(place, storage(memoryDriver(), 'app'))).toMatchObject({ blobs: 2 });
    expect(isExpired).toBe(true);
  });
});

describe('a registry that lies', () => {
  const lies: Readonly<Record<string, readonly [answer: () => Answer, words: RegExp]>> = {
    'gives another manifest than the digest says': [
      () => (request) =>
        isManifest(request) ? new Response('{}', { headers: { 'docker-content-digest': content.digest } }) : undefined,
      /gives other bytes as sha256:/,
    ],
    'gives no manifest': [() => (request) => (isManifest(request) ? new Response('hello') : undefined), /cannot be read as JSON/],
    'has no manifest': [
      () => (request) => (isManifest(request) ? new Response(null, { status: 404 }) : undefined),
      /has no manifest latest$/,
    ],
    'gives other bytes as a blob': [
      () => (request) => (isBlob(request) ? new Response(new Uint8Array(500_817)) : undefined),
      /gives (?:other|more than|\d+)/,
    ],
    'breaks a blob off': [
      () => (request) => (isBlob(request) ? new Response(new Uint8Array(100)) : undefined),
      /gives 100 bytes as sha256:[^ ]+, which is to have \d+$/,
    ],
    'has no blob': [
      () => (request) => (isBlob(request) ? new Response(null, { status: 404 }) : undefined),
      /answers GET .* with 404$/,
    ],
    'redirects without an end': [
      () => (request) => (isBlob(request) ? Response.redirect(request.url, 302) : undefined),
      /redirects GET [^ ]+ again and again$/,
    ],
    'leads out of https': [
      () => (request) => (isBlob(request) ? Response.redirect('http://registry.example.com/', 302) : undefined),
      /leads from https to http:\/\/registry\.example\.com, which is not$/,
    ],
    'leads to what is no URL of the web': [
      () => (request) =>
        isBlob(request) ? new Response(null, { status: 302, headers: { location: 'file:///etc/passwd' } }) : undefined,
      /leads from https/,
    ],
    'cannot be reached': [
      () => () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
      /^registry\.example\.com cannot be reached: ECONNREFUSED$/,
    ],
  };

  it.each(Object.entries(lies))('and %s is refused', async (_, [answer, words]) => {
    await expect(pull(await remote(answer()))).rejects.toThrow(words);
  });

  it.each([
    ['a manifest', isManifest, 6 * 2 ** 20],
    ['a blob', isBlob, 2 ** 20],
    ['a refusal', (request: Request) => isBlob(request), 2 ** 20],
  ] as const)('and sends %s without an end is refused', async (what, matches, most) => {
    const { body, taken } = endless();
    const { fetch } = await remote((request) =>
      matches(request) ? new Response(body, { status: what === 'a refusal' ? 500 : 200 }) : undefined,
    );
    await expect(pull({ fetch }, { concurrency: 1 })).rejects.toThrow();
    await vi.waitFor(() => expect(taken.isCancelled).toBe(true));
    expect(taken.bytes).toBeLessThan(most);
  });

  it('and gives tags without an end is refused', async () => {
    let page = 0;
    const link = () => ({ link: '</v2/app/tags/list?again>; rel="next"' });
    const { fetch } = await remote((request) =>
      request.url.includes('tags/list') ? Response.json({ tags: [`t${page++}`] }, { headers: link() }) : undefined,
    );
    await expect(pull({ fetch }, { allTags: true, signal: AbortSignal.timeout(60_000) })).rejects.toThrow(
      'a list that does not end',
    );
  }, 60_000);

  it('and has empty pages, or pages elsewhere, is refused', async () => {
    for (const [target, words] of [
      ['/v2/app/tags/list?again', 'a list that does not end'],
      ['https://other.example.net/', 'names a page of a list that is elsewhere'],
    ] as const) {
      const headers = { link: `<${target}>; rel="next"` };
      const { fetch } = await remote((request) =>
        request.url.includes('tags/list') ? Response.json({ tags: [] }, { headers }) : undefined,
      );
      await expect(pull({ fetch }, { allTags: true })).rejects.toThrow(words);
    }
  });

  it('and says that it has stored something else is refused', async () => {
    const headers = { 'docker-content-digest': image().digest };
    const { fetch } = await remote((request) =>
      request.method === 'PUT' && isManifest(request) ? new Response(null, { status: 201, headers }) : undefined,
    );
    await expect(copy(await layoutWith({ one: randomImage({ seed: 'new' }) }), registry(url, { fetch }))).rejects.toThrow(
      'says that it has sha256:',
    );
  });

  it('and lists referrers of something else has none of them copied', async () => {
    const other = artifact({ type: 'application/x', subject: image() });
    const { fetch } = await remote((request) => {
      if (request.url.includes(other.digest))
        return new Response(other.manifest.bytes, { headers: { 'content-type': other.mediaType } });
      return request.url.includes('/referrers/')
        ? Response.json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [other.descriptor] })
        : undefined;
    });
    expect(await pull({ fetch }, { referrers: true })).toMatchObject({ manifests: 1 });
  });
});

describe('a copy', () => {
  it('leaves layers where they are that clients fetch from elsewhere', async () => {
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: `sha256:${createHash('sha256').update('elsewhere').digest('hex')}`,
      size: 9,
      urls: ['https://elsewhere.example.com/layer'],
    };
    const base = image({ format: 'docker' });
    const bytes = Buffer.from(JSON.stringify({ ...base.document, layers: [...(base.document.layers ?? []), foreign] }));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const { fetch, asked } = await remote(
      (request) =>
        request.method === 'GET' && isManifest(request)
          ? new Response(bytes, { headers: { 'content-type': base.mediaType } })
          : undefined,
      base,
    );
    expect(await pull({ fetch })).toMatchObject({ foreign: 1, blobs: 2, references: [{ digest }] });
    expect(asked.filter(({ line }) => line.includes(foreign.digest) || line.includes('elsewhere'))).toEqual([]);
  });

  it('that broke off goes on with what is missing', async () => {
    const many = randomImage({ layers: 6, size: 100_000 });
    const [driver, fails] = [memoryDriver(), { after: 3 }];
    const source = await remote((request) => {
      if (!isBlob(request)) return undefined;
      fails.after -= 1;
      return fails.after < 0 ? new Response(null, { status: 500 }) : undefined;
    }, many);
    const again = () => copy(registry(url, { fetch: source.fetch }), storage(driver, 'app'), { concurrency: 1 });
    await expect(again()).rejects.toThrow('with 500');
    fails.after = 100;
    expect(await again()).toMatchObject({ blobs: 4, present: { blobs: 3 }, manifests: 1 });
    expect(await again()).toMatchObject({ blobs: 0, present: { blobs: 7, manifests: 1 }, manifests: 0, bytes: 0 });
  });

  it('is broken off by its signal, and leaves no archive and no upload', async () => {
    const controller = new AbortController();
    const driver = memoryDriver();
    const { fetch } = await remote((request) => {
      if (isBlob(request)) controller.abort(new Error('enough'));
      return undefined;
    });
    const options = { signal: controller.signal };
    await expect(copy(registry(url, { fetch }), storage(driver, 'app'), options)).rejects.toThrow('enough');
    const held = await startForTest({ driver });
    expect([await held.uploads(), await held.tags('app')]).toEqual([[], []]);
    await expect(copy(registry(url, { fetch }), layout(await folderForTest()), options)).rejects.toThrow('enough');
  });

  it('has at most as many requests under way as it is told', async () => {
    let [underWay, most] = [0, 0];
    const held = index({ manifests: ['a', 'b', 'c'].map((seed) => randomImage({ seed, layers: 4, size: 1000 })) });
    const { fetch } = await remote(async (request) => {
      if (request.method !== 'GET') return undefined as never;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
      return undefined as never;
    }, held);
    for (const concurrency of [1, 3]) {
      most = 0;
      expect(await pull({ fetch }, { concurrency })).toMatchObject({ blobs: 15 });
      expect(most).toBe(concurrency);
    }
  });

  it('tells of each step', async () => {
    const steps: string[] = [];
    let bytes = 0;
    await pull(await remote(), {
      concurrency: 1,
      onProgress: ({ type, digest, size, present, tag }) => {
        if (type === 'bytes') bytes += size;
        else steps.push(`${type} ${digest} ${size} ${present} ${tag}`);
      },
    });
    const blobs = content.blobs.map(({ digest, size }) => `blob ${digest} ${size} false undefined`);
    expect(steps).toEqual([...blobs, `manifest ${content.digest} ${content.size} false latest`]);
    expect(bytes).toBe(content.blobs.reduce((sum, { size }) => sum + size, 0));
  });

  it('refuses two names that would be one tag, and names that are none', async () => {
    const both = await layoutWith({ 'a.example.com/app:1.0': content, 'b.example.com/app:1.0': image() });
    await expect(copy(both, storage(memoryDriver(), 'app'), { allTags: true })).rejects.toThrow('would both be the tag 1.0');
    const none = await layoutWith({ 'no tag!': content });
    await expect(copy(none, storage(memoryDriver(), 'app'))).rejects.toThrow('which is no tag');
    expect((await copy(none, storage(memoryDriver(), 'app'), { as: '1.0' })).references[0]).toMatchObject({ tag: '1.0' });
  });

  it('says everything that is wrong with its options', async () => {
    const place = storage(memoryDriver(), 'app');
    const wrong = { concurrency: 0, platforms: ['arm64'], other: true } as CopyOptions;
    await expect(copy({ name: 'mine' }, place, wrong)).rejects.toThrow(
      /^copy: concurrency must .*; platforms at 0 must .*; there is no option 'other'.*source and destination are places/,
    );
    expect(() => registry('registry.example.com/app:1.0')).toThrow(TypeError);
    expect(() => registry('https://ann:secret@example.com/app')).toThrow(/^registry: (?!.*secret)/);
    expect(() => registry(url, { credentials: { username: 'a:b', password: 'secret' } })).toThrow(/^registry: (?!.*secret)/);
  });
});
