/** Those who ask: what each sends in `Authorization`, and what that is worth. Their tokens are signed here, without the library. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Action, Authorize } from '../../../lib/access/authorize.ts';
import type { anyOf, basic, bearer, PublicKey } from '../../../lib/auth/index.ts';

/** The repositories: whose everything is, one that is there too, and names that begin like the first. */
export const repositories = {
  own: 'team/app',
  other: 'team/other',
  nested: 'team/app/web',
  prefix: 'team/ap',
  /** Of those who have something in `own`, too; nothing is in it yet. */
  fresh: 'team/new',
  missing: 'team/none',
} as const;
/** One of the repositories. */
export type Place = keyof typeof repositories;

/** Somebody who asks. */
export interface Principal {
  readonly name: string;
  readonly authorization?: string;
  /** Nothing was given that holds; a token that holds; somebody who is known by name. */
  readonly standing: 'nobody' | 'token' | 'known';
  /** What may be done in some of the repositories; nothing in the rest. */
  readonly actions: { readonly [P in Place]?: readonly Action[] };
  readonly catalog: boolean;
}

const all: readonly Action[] = ['pull', 'push', 'delete'];
const within = (...actions: readonly Action[]): Principal['actions'] => ({ own: actions, fresh: actions });
const nothing = {};

const service = 'registry.example.com';
const issuer = 'auth.example.com';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = { ...pair.publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'matrix' } as PublicKey;

const now = Math.floor(Date.now() / 1000);

function tokenOf(claims: object, key: KeyObject = pair.privateKey): string {
  const text = [
    { alg: 'ES256', typ: 'JWT', kid: 'matrix' },
    { iss: issuer, aud: service, sub: 'robot', iat: now, nbf: now, exp: now + 3600, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('sha256', Buffer.from(text.join('.')), { key, dsaEncoding: 'ieee-p1363' });
  return `Bearer ${[...text, signature.toString('base64url')].join('.')}`;
}

/** The claim `access` that says what a principal may. */
const claimOf = (actions: Principal['actions'], catalog: boolean): object[] => [
  ...Object.entries(actions).map(([place, granted]) => ({
    type: 'repository',
    name: repositories[place as Place],
    actions: granted,
  })),
  ...(catalog ? [{ type: 'registry', name: 'catalog', actions: ['*'] }] : []),
];

const holder = (name: string, actions: Principal['actions'], catalog = false, claims: object = {}): Principal => ({
  name,
  authorization: tokenOf({ access: claimOf(actions, catalog), ...claims }),
  standing: 'token',
  actions,
  catalog,
});

/** A token that says all and does not hold. */
const wrong = (name: string, claims: object, key?: KeyObject): Principal =>
  refused(name, tokenOf({ access: claimOf(within(...all), true), ...claims }, key));

const refused = (name: string, authorization?: string): Principal => ({
  name,
  ...(authorization !== undefined && { authorization }),
  standing: 'nobody',
  actions: nothing,
  catalog: false,
});

const passwordOf = (username: string, password: string): string => `Basic ${btoa(`${username}:${password}`)}`;
const known = (username: string, actions: Principal['actions'], catalog = false): Principal => ({
  name: `the password of ${username}`,
  authorization: passwordOf(username, `secret of ${username}`),
  standing: 'known',
  actions,
  catalog,
});

const people = {
  owner: known('owner', within(...all), true),
  reader: known('reader', within('pull')),
  neighbour: known('neighbour', { other: all }),
};

export const principals: readonly Principal[] = [
  refused('nobody'),
  holder('an anonymous token of a login', nothing, false, { sub: '' }),
  holder('an anonymous token to pull', within('pull'), false, { sub: '' }),
  holder('a token for another repository', { other: all }),
  holder('a token to pull', within('pull')),
  holder('a token to push without pull', within('push')),
  holder('a token to pull and push', within('pull', 'push')),
  holder('a token to pull and push, and to pull from another', { ...within('pull', 'push'), other: ['pull'] }),
  holder('a token to pull and push, and to push to another', { ...within('pull', 'push'), other: ['push'] }),
  holder('a token to delete', within('delete')),
  holder('a token for the catalog', nothing, true),
  holder('a token for everything', within(...all), true),
  people.owner,
  people.reader,
  people.neighbour,
  { ...refused('a permit that is nearly true', 'Nearly true'), standing: 'known' },
  refused('a scheme that is not known', 'Digest username="owner"'),
  refused('Basic that is none', 'Basic !!'),
  refused('a wrong password', passwordOf('owner', 'wrong')),
  refused('a name that nobody has', passwordOf('eve', 'secret of owner')),
  refused('a token that is none', 'Bearer x.y.z'),
  wrong('an expired token', { exp: now - 3600 }),
  wrong('a token without an end', { exp: undefined }),
  wrong('a token of tomorrow', { nbf: now + 86_400 }),
  wrong('a token for another service', { aud: 'registry.example.org' }),
  wrong('a token of another issuer', { iss: 'auth.example.org' }),
  wrong('a token of another key', {}, foreign.privateKey),
  refused('a permit that is nearly true, for nobody', 'Nearly nobody'),
];

/** What `may` may give in plain JavaScript, and what is not `true`. */
const nearlyTrue: readonly unknown[] = ['yes', 1, {}, [], 'true', Promise.resolve('true'), new Boolean(true)];

/** A permit whose answers are nearly true. */
const nearly: Authorize = (_, credentials) => {
  const value = credentials.scheme === 'other' ? credentials.value : '';
  let asked = 0;
  return {
    ...(value === 'Nearly true' && { subject: 'nearly' }),
    // Here data meets types: hosts in plain JavaScript give anything.
    may: () => (value.startsWith('Nearly ') ? nearlyTrue[asked++ % nearlyTrue.length] : false) as boolean,
    challenges: ['Nearly realm="registry"'],
  };
};

/** The `authorize` that knows them all. */
export function authorizeOf(auth: { anyOf: typeof anyOf; basic: typeof basic; bearer: typeof bearer }): Authorize {
  const tokens = auth.bearer({ realm: 'https://auth.example.com/token', service, issuer, keys: [publicKey] });
  const passwords = auth.basic({
    verify: (username, password) => Object.hasOwn(people, username) && password === `secret of ${username}`,
    policy: (principal, need) => {
      const { actions, catalog } = people[principal?.subject as keyof typeof people] ?? refused('');
      if (need.catalog) return catalog;
      const place = placeOf(need.repository);
      const granted = place && actions[place];
      return need.actions.every((action) => granted?.includes(action));
    },
  });
  return auth.anyOf(tokens, passwords, nearly);
}

/** Which of the repositories has this name. */
export const placeOf = (name: string): Place | undefined =>
  (Object.keys(repositories) as Place[]).find((place) => repositories[place] === name);
