/** Logins with name and password: who is let in, and how the others are told. */
import { expect, it, test } from 'vitest';
import type { Credentials } from '../../../lib/access/authorize.ts';
import { anyOf, basic, type Verified } from '../../../lib/auth/index.ts';
import { ask, repository } from '../../support/ask.ts';

const ann: Credentials = { scheme: 'basic', username: 'ann', password: 'secret' };

test.each<[unknown, string | undefined]>([
  [true, 'ann'],
  [{ subject: 'Ann of the directory' }, 'Ann of the directory'],
  [false, undefined],
  [undefined, undefined],
  [null, undefined],
  ['ann', undefined],
  [1, undefined],
  [{ name: 'ann' }, undefined],
  [{ subject: true }, undefined],
])('a check that gives %o has found %s', async (verified, subject) => {
  const authorize = basic({ verify: () => verified as Verified, policy: () => true });
  const permit = await authorize(ask, ann);
  expect(permit.subject).toBe(subject);
  expect(await permit.may({ repository, actions: ['pull'] })).toBe(subject !== undefined);
});

it('lets nobody do with a wrong login what everybody may without one', async () => {
  const authorize = basic({ verify: () => false, policy: () => true });
  const may = async (credentials: Credentials) => (await authorize(ask, credentials)).may({ repository, actions: ['pull'] });
  expect(await may({ scheme: 'none' })).toBe(true);
  for (const wrong of [ann, { scheme: 'bearer', token: 'x' }, { scheme: 'other', value: 'Digest x' }] as const)
    expect(await may(wrong)).toBe(false);
});

test.each([
  ['', 'secret'],
  ['ann', ''],
  ['', ''],
])('the name %j with the password %j is nobody, and the check is not asked', async (username, password) => {
  const asked: string[] = [];
  const authorize = basic({ verify: (name) => asked.push(name) > 0, policy: () => true });
  const permit = await authorize(ask, { scheme: 'basic', username, password });
  expect([permit.subject, await permit.may({ repository, actions: ['pull'] }), asked]).toEqual([undefined, false, []]);
});

it('is asked for before the base, unless it is open', async () => {
  const login = { verify: () => false, policy: () => true };
  const probeOf = async (probe?: 'open') => (await basic({ ...login, probe })(ask, { scheme: 'none' })).mayProbe ?? false;
  expect([await probeOf(), await probeOf('open')]).toEqual([false, true]);
});

test.each<[object, string]>([
  [{ verify: () => true }, 'basic: policy must be a function'],
  [{ verify: () => true, policy: () => true, realm: 'a\nb' }, 'basic: realm must be printable ASCII'],
  [{ verify: () => true, policy: () => true, probe: 'closed' }, "basic: probe must be 'challenge' or 'open'"],
])('%o is refused in words', (options, message) => {
  const make: (given: never) => unknown = basic;
  expect(() => make(options as never)).toThrow(message);
});

it('escapes its realm', async () => {
  const authorize = basic({ verify: () => false, policy: () => true, realm: 'a "registry" \\' });
  expect((await authorize(ask, ann)).challenges).toEqual(['Basic realm="a \\"registry\\" \\\\",charset="UTF-8"']);
});

test('anyOf takes the first that knows who asks, and tells the challenges of all', async () => {
  const of = (name: string) =>
    basic({ verify: (username) => username === name, policy: (principal) => principal !== undefined, realm: name });
  const authorize = anyOf(of('bob'), of('ann'));
  expect((await authorize(ask, ann)).subject).toBe('ann');
  const permit = await authorize(ask, { scheme: 'none' });
  expect(permit.challenges).toEqual(['bob', 'ann'].map((realm) => `Basic realm="${realm}",charset="UTF-8"`));
  expect([permit.mayProbe, await permit.may({ repository, actions: ['pull'] })]).toEqual([false, false]);
  expect(() => anyOf()).toThrow('anyOf: give functions for authorize');
});
