// @ts-check
/** What clients send that are not run here: how they ask for tokens, word for word, and how they go on when one has ended. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { request as openRequest } from 'node:http';
import { decodeJwt } from 'jose';
import { digestOf } from '../../../support/client.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const basic = (/** @type {string} */ password) => ({
  authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`,
});
const blob = Buffer.from('a blob of a dialect');

/**
 * The parameters of a challenge.
 * @param {Response} reply
 */
const challengeOf = (reply) =>
  Object.fromEntries(
    [...(reply.headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );

/**
 * What a token was given for, by repository.
 * @param {Response} reply
 */
async function grantOf(reply) {
  equal(reply.status, 200);
  const { token } = await reply.json();
  const { access } = decodeJwt(token);
  const entries = /** @type {readonly { readonly name: string, readonly actions: readonly string[] }[]} */ (access);
  return { token, granted: Object.fromEntries(entries.map(({ name, actions }) => [name, [...actions].sort()])) };
}

/**
 * Asks for a token as containerd does: with a form, and with GET where the form is refused.
 * @param {string} realm
 * @param {readonly string[]} scopes
 * @param {Readonly<Record<string, string>>} login what the form says of who asks
 */
async function tokenByForm(realm, scopes, login) {
  const fields = { scope: scopes.join(' '), service: 'stowage', client_id: 'containerd-client', ...login };
  const posted = await fetch(realm, { method: 'POST', headers: form, body: new URLSearchParams(fields) });
  if (![400, 401, 404, 405].includes(posted.status)) return { reply: posted, asked: ['POST'] };
  await posted.arrayBuffer();
  const query = new URLSearchParams([['service', 'stowage'], ...scopes.map((scope) => ['scope', scope])]);
  const got = await fetch(`${realm}?${query}`, { headers: basic(login.password ?? '') });
  return { reply: got, asked: ['POST', 'GET'] };
}

const both = ['repository:dialect/one:pull,push', 'repository:dialect/two:pull'];
const password = { grant_type: 'password', username: 'ann', password: 'secret', access_type: 'offline' };

/** @type {Record<string, (host: string) => Promise<void>>} */
export const dialects = {
  'a form with the scopes of two repositories: the token has both, and mounts from one into the other': async (host) => {
    const realm = `http://${host}/token`;
    const source = await grantOf((await tokenByForm(realm, ['repository:dialect/two:pull,push'], password)).reply);
    const into = (/** @type {string} */ path, /** @type {string} */ token, /** @type {BodyInit} */ body) =>
      fetch(`http://${host}/v2/${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
    const pushed = await into(`dialect/two/blobs/uploads/?digest=${digestOf(blob)}`, source.token, blob);
    equal(pushed.status, 201);
    const { reply, asked } = await tokenByForm(realm, both, password);
    const { token, granted } = await grantOf(reply);
    deepEqual([asked, granted], [['POST'], { 'dialect/one': ['pull', 'push'], 'dialect/two': ['pull'] }]);
    const mounted = await into(`dialect/one/blobs/uploads/?mount=${digestOf(blob)}&from=dialect/two`, token, '');
    equal(mounted.status, 201);
    const alone = await grantOf((await tokenByForm(realm, [both[0] ?? ''], password)).reply);
    const begun = await into(`dialect/three/blobs/uploads/?mount=${digestOf(blob)}&from=dialect/two`, alone.token, '');
    equal(begun.status, 401);
    const other = await into(`dialect/one/blobs/uploads/?mount=sha256:${'0'.repeat(64)}&from=dialect/two`, alone.token, '');
    equal(other.status, 202, 'without the right to the source it is an upload, and no refusal');
  },

  'one repository in two scopes: the token has the actions of both, whichever comes first': async (host) => {
    for (const actions of [
      ['pull', 'push'],
      ['push', 'pull'],
    ]) {
      const query = new URLSearchParams([
        ['service', 'stowage'],
        ...actions.map((action) => ['scope', `repository:dialect/one:${action}`]),
      ]);
      const { granted } = await grantOf(await fetch(`http://${host}/token?${query}`, { headers: basic('secret') }));
      deepEqual(granted, { 'dialect/one': ['pull', 'push'] });
      const fields = new URLSearchParams([...Object.entries({ ...password, service: 'stowage', client_id: 'x' }), ...query]);
      const posted = await grantOf(await fetch(`http://${host}/token`, { method: 'POST', headers: form, body: fields }));
      deepEqual(posted.granted, { 'dialect/one': ['pull', 'push'] });
    }
  },

  'a form that is refused, and then GET: the token comes with that': async (host) => {
    const unknown = { grant_type: 'urn:of:another', password: 'secret' };
    const { reply, asked } = await tokenByForm(`http://${host}/token`, both, unknown);
    deepEqual(
      [asked, Object.keys((await grantOf(reply)).granted).sort()],
      [
        ['POST', 'GET'],
        ['dialect/one', 'dialect/two'],
      ],
    );
  },

  'a wrong password: both are refused, and nothing is granted': async (host) => {
    const wrong = { ...password, password: 'wrong' };
    const { reply, asked } = await tokenByForm(`http://${host}/token`, both, wrong);
    deepEqual([reply.status, asked], [401, ['POST', 'GET']]);
  },

  'offline_token=true, as docker login asks: no token that would end with the process': async (host) => {
    const query = 'service=stowage&account=ann&client_id=docker&offline_token=true';
    const reply = await (await fetch(`http://${host}/token?${query}`, { headers: basic('secret') })).json();
    deepEqual([typeof reply.token, 'refresh_token' in reply], ['string', false]);
  },

  'a challenge has all that it takes to ask, also for a HEAD and for what is not there': async (host) => {
    for (const [method, path, scope] of [
      ['GET', '/v2/', undefined],
      ['HEAD', '/v2/no/such/manifests/latest', 'repository:no/such:pull'],
      ['POST', '/v2/no/such/blobs/uploads/', 'repository:no/such:pull,push'],
      ['DELETE', '/v2/no/such/manifests/latest', 'repository:no/such:delete'],
      ['GET', '/v2/_catalog', 'registry:catalog:*'],
    ]) {
      const reply = await fetch(`http://${host}${path}`, { method: method ?? 'GET' });
      await reply.arrayBuffer();
      const challenge = challengeOf(reply);
      deepEqual([reply.status, challenge], [401, { realm: `http://${host}/token`, service: 'stowage', ...(scope && { scope }) }]);
    }
  },
};

/**
 * A token ends in the middle of a body: the request goes on, and the next one asks for another.
 * @param {string} host of tokens that end within three seconds
 */
export async function outlastInOneRequest(host) {
  const token = async () => (await grantOf((await tokenByForm(`http://${host}/token`, both, password)).reply)).token;
  const [first, origin] = [await token(), `http://${host}`];
  const send = (/** @type {string} */ given) => ({ authorization: `Bearer ${given}` });
  const begun = await fetch(`${origin}/v2/dialect/one/blobs/uploads/`, { method: 'POST', headers: send(first) });
  equal(begun.status, 202);
  const patch = openRequest(new URL(begun.headers.get('location') ?? '', origin), { method: 'PATCH', headers: send(first) });
  patch.write(blob.subarray(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  patch.end(blob.subarray(5));
  const [reply] = await once(patch, 'response');
  reply.resume();
  equal(reply.statusCode, 202, 'a body that began in time');
  const closing = new URL(reply.headers.location ?? '', origin);
  closing.searchParams.set('digest', digestOf(blob));
  const late = await fetch(closing, { method: 'PUT', headers: send(first) });
  equal(late.status, 401);
  match(late.headers.get('www-authenticate') ?? '', /scope="repository:dialect\/one:pull,push",error="invalid_token"/);
  const again = await fetch(closing, { method: 'PUT', headers: send(await token()) });
  equal(again.status, 201, 'with another token');
}
