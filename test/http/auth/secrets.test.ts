/** Secrets that clients send, and secrets of the host: none is told to anybody, whatever is asked and whatever breaks. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it, test } from 'vitest';
import { rowsOf } from '../../../lib/api/derive.ts';
import { routes } from '../../../lib/api/routes.ts';
import * as auth from '../../../lib/auth/index.ts';
import { type Authorize, type Driver, RegistryError, StorageFault } from '../../../lib/index.ts';
import { requestOf } from '../../support/access-matrix/requests.ts';
import { createWorld } from '../../support/access-matrix/world.ts';
import { send } from '../../support/client.ts';
import { startHandler } from '../../support/server.ts';

/** A new secret, which no text holds by chance. */
const secret = (): string => randomBytes(12).toString('hex');
/** Those of clients, which are told to nobody; those of the host, which are in what it threw. */
const clients: string[] = [];
const planted = (): string => {
  const made = secret();
  clients.push(made);
  return made;
};
const host = secret();
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** All forms in which clients send `Authorization`, right and broken. */
const authorizations: readonly ((secret: string) => string)[] = [
  (given) => `Basic ${base64(`ann:${given}`)}`,
  (given) => `Basic ${base64(`${given}:password`)}`,
  (given) => `Basic ${base64(given)}`,
  (given) => `Basic ${given}`,
  (given) => `Basic ann:${given}`,
  (given) => `Bearer ${given}`,
  (given) => `Bearer ${base64('{"alg":"none"}')}.${base64(given)}.`,
  (given) => `Bearer ${given} ${given}`,
  (given) => `bEARER   ${given}`,
  (given) => `Digest username="ann", response="${given}"`,
  (given) => `Negotiate ${given}`,
  (given) => given,
];

/** What carries a secret beside that. */
const plantedHeaders = (given: string): Record<string, string> => ({
  Cookie: `session=${given}`,
  'X-Api-Key': given,
  'X-Registry-Auth': base64(given),
  'Proxy-Authorization': `Basic ${base64(`ann:${given}`)}`,
  'X-Amz-Security-Token': given,
});
const plantedQuery = (given: string): string => `access_token=${given}&token=${given}&api_key=${given}&password=${given}`;

const failing = (): never => {
  throw new Error(`the host knows ${host}`, { cause: { host } });
};
const all = () => true;
const open: Authorize = () => ({ subject: 'ann', may: all });

/** A driver whose every call fails. */
function broken(driver: Driver, fail: () => never): Driver {
  const part = <Part extends object>(whole: Part): Part =>
    new Proxy(whole, {
      get: (target, name) => (typeof Reflect.get(target, name) === 'function' ? async () => fail() : undefined),
    });
  return { ...driver, blobs: part(driver.blobs), uploads: part(driver.uploads), manifests: part(driver.manifests) };
}

const isAnn = (name: string): boolean => name === 'ann';
/** A password that nobody knows, under a hash that costs little. */
const people = auth.passwords({ ann: `$scrypt$ln=1,r=1,p=1$${secret()}$${secret()}` });
const unreachable = { realm: 'https://auth.example.com/token', service: 'registry', issuer: 'auth' };

/** What may happen to a request: who decides about it, and what breaks. */
const faults: Readonly<Record<string, { authorize: Authorize; storage?: () => never }>> = {
  'is let in': { authorize: open },
  'has a wrong login': { authorize: auth.anyOf(auth.basic({ verify: () => false, policy: all }), open) },
  'has a password that is hashed': { authorize: auth.basic({ verify: people, policy: all }) },
  'may not': { authorize: () => ({ subject: 'ann', may: () => false }) },
  'meets keys that cannot be fetched': {
    authorize: auth.bearer({ ...unreachable, keys: new URL('http://127.0.0.1:1/jwks.json') }),
  },
  'meets an authorize that throws': { authorize: failing },
  'meets a policy that throws': { authorize: auth.basic({ verify: isAnn, policy: failing }) },
  'meets a refusal of the host': {
    authorize: () => {
      throw new RegistryError('TOOMANYREQUESTS', { cause: new Error(host) });
    },
  },
  'meets a permit that is none': { authorize: () => ({ secret: host }) as never },
  'meets a challenge that is none': { authorize: () => ({ may: all, challenges: [`\n${host}`] }) },
  'meets a storage that throws': { authorize: open, storage: failing },
  'meets a storage that is busy': {
    authorize: open,
    storage: () => {
      throw new StorageFault('busy', host, { cause: { host } });
    },
  },
};

/** Everything that can be read of a value, as a logger might write it. */
const shown = (value: unknown): string => `${inspect(value, { depth: 9, maxStringLength: null })} ${JSON.stringify(value)}`;

/** Which of the secrets are in a text, in any of the forms in which they travel. */
const secretsIn = (text: string, secrets: readonly string[]): string[] =>
  secrets.filter((each) =>
    [each, base64(each), base64(`ann:${each}`), base64(`${each}:password`)].some((form) => text.includes(form)),
  );

describe('a request with secrets everywhere that', () => {
  test.each(Object.entries(faults))('%s tells none of them', async (_, { authorize, storage }) => {
    const world = await createWorld();
    const logged: { err?: unknown }[] = [];
    const messages: string[] = [];
    const log = (details: object, message: string): void => {
      logged.push(details);
      messages.push(message);
    };
    const warnings: unknown[] = [];
    const warned = (warning: unknown) => void warnings.push(warning);
    process.on('warning', warned);
    await using server = await startHandler(storage ? broken(world.driver, storage) : world.driver, {
      authorize,
      logger: { error: log, warn: log, debug: log },
    });
    const agent = new Agent({ keepAlive: true });
    const replies: string[] = [];
    let sent = 0;
    for (const [at, row] of rowsOf(routes).entries()) {
      // Each row in a quarter of the forms, and each form at a quarter of the rows.
      for (const form of authorizations.filter((_, index) => (index + at) % 4 === 0)) {
        world.restore();
        const given = planted();
        const upload = world.uploads.get('own') ?? '';
        const request = requestOf(row, { place: 'own', thing: 'there', source: 'other', upload });
        const path = `${request.path}${request.path.includes('?') ? '&' : '?'}${plantedQuery(given)}`;
        const headers = { ...request.headers, ...plantedHeaders(given), Authorization: form(given) };
        const { status, headers: told, body } = await send(server.origin, { ...request, path, headers, agent });
        replies.push(`${status} ${JSON.stringify(told)} ${body.toString('latin1')}`);
        sent += 1;
      }
    }
    agent.destroy();
    await Promise.all(server.requests);
    process.off('warning', warned);
    expect(sent).toBe((rowsOf(routes).length * authorizations.length) / 4);
    expect(server.events).toHaveLength(sent);
    const thrown = logged.map(({ err }) => err);
    const rest = logged.map(({ err: _, ...details }) => details);
    // What the host threw is logged as it is: that is told in SECURITY.md.
    expect(secretsIn(shown([thrown, replies, server.events, rest, messages, warnings]), clients)).toEqual([]);
    expect(secretsIn(shown([replies, server.events, rest, messages, warnings]), [host])).toEqual([]);
  });
});

describe('a token service', () => {
  const service = async (verify: auth.Verify, heard: unknown[]) =>
    auth.tokenEndpoint({
      issuer: 'auth',
      service: 'registry',
      key: await auth.tokenKey(),
      verify,
      policy: all,
      onError: (error) => heard.push(error),
    });
  const ask = (form?: Record<string, string>, authorization?: string, query = '') =>
    new Request(`http://registry/token?${query}`, {
      method: form ? 'POST' : 'GET',
      ...(form && { body: new URLSearchParams(form) }),
      ...(authorization !== undefined && { headers: { authorization } }),
    });

  test.each<[string, auth.Verify]>([
    ['refuses', () => false],
    ['throws', failing],
  ])('whose check of logins %s tells no secret', async (_, verify) => {
    const heard: unknown[] = [];
    const { fetch } = await service(verify, heard);
    const replies: unknown[] = [];
    const given = planted();
    const forms = [
      { grant_type: 'password', username: 'ann', password: given },
      { grant_type: 'password', username: given, password: given },
      { grant_type: 'refresh_token', refresh_token: given },
      { grant_type: given, client_secret: given },
      { grant_type: 'password', username: 'ann', password: given, service: given, scope: `repository:${given}:pull` },
    ];
    const requests = [
      ...authorizations.map((form) => ask(undefined, form(given), plantedQuery(given))),
      ...forms.map((form) => ask(form)),
      ...authorizations.map((form) => ask({ client_id: 'test' }, form(given))),
      ...forms.map((form) => ask(undefined, `Basic ${base64(`ann:${given}`)}`, `${new URLSearchParams(form)}`)),
    ];
    for (const request of requests) {
      const reply = await fetch(request);
      replies.push([reply.status, [...reply.headers], await reply.text()]);
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect([400, 401, 503]).toContain(reply.status);
    }
    expect(secretsIn(shown([replies, heard]), clients)).toEqual([]);
    expect(secretsIn(shown(replies), [host])).toEqual([]);
  });

  it('gives out no private key', async () => {
    const key = await auth.tokenKey();
    const tokens = auth.tokenEndpoint({ issuer: 'auth', service: 'registry', key, verify: all, policy: all });
    const reply = await tokens.fetch(ask(undefined, `Basic ${base64('ann:x')}`, 'offline_token=true&scope=repository:a:pull'));
    expect(reply.status).toBe(200);
    expect(shown([tokens, tokens.keys, await reply.text()])).not.toContain(key.d);
  });
});

describe('what is thrown about', () => {
  const folder = mkdtemp(join(tmpdir(), 'stowage-secrets-'));
  afterAll(async () => rm(await folder, { recursive: true }));

  const key = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', alg: 'ES256', kid: 'a' };
  const endpoint = { issuer: 'a', service: 'b', verify: all, policy: all };
  const file = async (content: string): Promise<unknown> => {
    const path = join(await folder, 'htpasswd');
    await writeFile(path, content);
    return auth.htpasswd(path)('ann', 'password');
  };
  const made: readonly [string, (given: string) => unknown][] = [
    ['a password in the place of a hash', (given) => auth.passwords({ ann: given })],
    ['hashes that are a text', (given) => auth.passwords(given as never)],
    ['a hash that costs too much', (given) => auth.passwords({ ann: `$scrypt$ln=30,r=8,p=1$${given}$${given}` })],
    ['a line without a colon', (given) => file(given)],
    ['a line with a password', (given) => file(`ann:${given}`)],
    ['a line with MD5', (given) => file(`ann:$apr1$${given}$${given}`)],
    ['a private key among public ones', (given) => auth.bearer({ ...unreachable, keys: [{ ...key, d: given }] })],
    [
      'a shared secret among public keys',
      (given) => auth.bearer({ ...unreachable, keys: [{ kty: 'oct', k: given, alg: 'HS256' }] }),
    ],
    ['a private key that is a text', (given) => auth.tokenEndpoint({ ...endpoint, key: JSON.stringify({ d: given }) as never })],
    ['a private key without an algorithm', (given) => auth.tokenEndpoint({ ...endpoint, key: { ...key, alg: '', d: given } })],
    [
      'a private key with another algorithm',
      (given) => auth.tokenEndpoint({ ...endpoint, key: { ...key, alg: 'HS256', d: given } }),
    ],
    [
      'a private key that is none',
      async (given) => {
        const heard: unknown[] = [];
        const onError = (error: unknown) => void heard.push(error);
        const { fetch } = auth.tokenEndpoint({ ...endpoint, key: { ...key, d: given }, onError });
        const reply = await fetch(new Request('http://registry/token'));
        expect(reply.status).toBe(503);
        throw new Error(`${await reply.text()} ${shown(heard)}`);
      },
    ],
  ];

  test.each(made)('%s does not tell it', async (_, make) => {
    const given = secret();
    const error = await Promise.resolve()
      .then(() => make(given))
      .then(() => undefined)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain(given);
  });
});
