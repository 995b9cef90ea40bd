/** `Forwarded` and its like: which proxies are believed, and what follows for URLs. */
import { describe, expect, it } from 'vitest';
import { originOf as readOrigin } from '../../../lib/doors/origin.ts';
import { type ForwardedHeaders, type Trust, type TrustProxy, trustOf, wrongTrust } from '../../../lib/doors/trust.ts';
import type { Advise } from '../../../lib/options/advice.ts';
import { leastTime } from '../../support/least-time.ts';

const peer = '10.0.0.1';
const originOf = (
  headers: Readonly<Record<string, string>>,
  from: string | undefined,
  trust: Trust | undefined,
  forwardedHeaders: ForwardedHeaders = 'x-forwarded',
  advise: Advise = () => {},
) => readOrigin((name) => headers[name], from, { trust, forwardedHeaders, advise });
type Row = [string, TrustProxy, Record<string, string>, { remoteAddress: string | undefined; externalBase: string }];
const untold = { remoteAddress: peer, externalBase: '' };
const nothing = { remoteAddress: undefined, externalBase: '' };
const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'r.example' };

describe('what proxies say', () => {
  it.each<Row>([
    ['is not heard without trust', false, { ...https, 'x-forwarded-for': '1.2.3.4', 'x-forwarded-prefix': '/p' }, untold],
    ['is not heard from zero proxies', 0, https, untold],
    ['is not heard from another address', '10.0.0.2', { ...https, forwarded: 'for=1.2.3.4' }, untold],
    ['may be nothing', true, {}, untold],
    ['may be empty', true, { forwarded: '', 'x-forwarded-for': ' , ' }, untold],
    ['gives scheme and host', true, https, { remoteAddress: peer, externalBase: 'https://r.example' }],
    [
      'gives a prefix with them',
      true,
      { ...https, 'x-forwarded-prefix': '/p/q/' },
      { remoteAddress: peer, externalBase: 'https://r.example/p/q' },
    ],
    ['gives a prefix without them', true, { 'x-forwarded-prefix': '/p' }, { remoteAddress: peer, externalBase: '/p' }],
    ['gives a prefix of nothing', true, { 'x-forwarded-prefix': '/' }, untold],
    ['needs a scheme for a host', true, { 'x-forwarded-host': 'r.example' }, untold],
    ['needs a host for a scheme', true, { 'x-forwarded-proto': 'https' }, untold],
    [
      'gives a port',
      true,
      { ...https, 'x-forwarded-host': 'r.example:8443' },
      { remoteAddress: peer, externalBase: 'https://r.example:8443' },
    ],
    [
      'gives a host of IPv6',
      true,
      { ...https, 'x-forwarded-host': '[::1]:80' },
      { remoteAddress: peer, externalBase: 'https://[::1]:80' },
    ],
    ['gives the client', true, { 'x-forwarded-for': '1.2.3.4' }, { remoteAddress: '1.2.3.4', externalBase: '' }],
    [
      'gives the client behind its port',
      true,
      { 'x-forwarded-for': '1.2.3.4:567' },
      { remoteAddress: '1.2.3.4', externalBase: '' },
    ],
    ['gives the client in IPv6', true, { 'x-forwarded-for': '2001:db8::1' }, { remoteAddress: '2001:db8::1', externalBase: '' }],
    [
      'gives the farthest client to whom believes all',
      true,
      { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' },
      { remoteAddress: '1.1.1.1', externalBase: '' },
    ],
    [
      'gives the nearest client to whom believes one',
      1,
      { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' },
      { remoteAddress: '2.2.2.2', externalBase: '' },
    ],
    [
      'gives the second to whom believes two',
      2,
      { 'x-forwarded-for': '0.0.0.0, 1.1.1.1, 2.2.2.2' },
      { remoteAddress: '1.1.1.1', externalBase: '' },
    ],
    [
      'stops at the first stranger',
      'uniquelocal',
      { 'x-forwarded-for': '9.9.9.9, 8.8.8.8, 192.168.0.7' },
      { remoteAddress: '8.8.8.8', externalBase: '' },
    ],
    ['is nobody where a proxy says nonsense', true, { 'x-forwarded-for': 'nonsense' }, nothing],
    [
      'counts from the nearest, whatever a client wrote before',
      1,
      {
        'x-forwarded-for': '6.6.6.6, 1.2.3.4',
        'x-forwarded-proto': 'http, https',
        'x-forwarded-host': 'evil.example, r.example',
      },
      { remoteAddress: '1.2.3.4', externalBase: 'https://r.example' },
    ],
    [
      'counts as far as there is anything',
      2,
      { 'x-forwarded-for': '1.2.3.4, 10.0.0.9', ...https },
      { remoteAddress: '1.2.3.4', externalBase: 'https://r.example' },
    ],
    [
      'is believed by a function',
      (address, hop) => address === peer && hop === 0,
      { 'x-forwarded-for': '6.6.6.6, 1.2.3.4' },
      { remoteAddress: '1.2.3.4', externalBase: '' },
    ],
  ])('%s', (_, option, headers, expected) => {
    expect(originOf(headers, peer, trustOf(option))).toEqual(expected);
  });

  it.each<Row>([
    [
      'may be in quotes',
      true,
      { forwarded: 'For="[2001:db8::1]:4711"; Proto="HTTPS"; Host="f.ex\\ample:8443"' },
      { remoteAddress: '2001:db8::1', externalBase: 'https://f.example:8443' },
    ],
    [
      'is that of the farthest trusted proxy',
      1,
      { forwarded: 'for=6.6.6.6;host=evil.example;proto=http, for=1.2.3.4;host=f.example;proto=https' },
      { remoteAddress: '1.2.3.4', externalBase: 'https://f.example' },
    ],
    [
      'may be spread over proxies',
      true,
      { forwarded: 'for=1.2.3.4;proto=https, , for=10.0.0.2;host=f.example' },
      { remoteAddress: '1.2.3.4', externalBase: 'https://f.example' },
    ],
    ['may hide the client', true, { forwarded: 'for=_hidden' }, nothing],
    ['may not know the client', true, { forwarded: 'for=unknown' }, nothing],
    ['is nothing where it is malformed', true, { forwarded: 'for=1.2.3.4;;=' }, nothing],
    ['is nothing where a thing is said twice', true, { forwarded: 'host=a;host=b;proto=http' }, nothing],
    [
      'has no prefix, and X-Forwarded-Prefix is not heard',
      true,
      { forwarded: 'for=1.2.3.4;proto=https;host=f.example', 'x-forwarded-prefix': '/p' },
      { remoteAddress: '1.2.3.4', externalBase: 'https://f.example' },
    ],
    ['is not heard from another address', '10.0.0.2', { forwarded: 'for=1.2.3.4' }, untold],
  ])('in the standard header %s', (_, option, headers, expected) => {
    expect(originOf(headers, peer, trustOf(option), 'forwarded')).toEqual(expected);
  });

  const told = { 'x-forwarded-for': '1.2.3.4', ...https };
  const standard = 'for=1.2.3.4;proto=https;host=r.example';
  const known = { remoteAddress: '1.2.3.4', externalBase: 'https://r.example' };
  it.each<[string, Record<string, string>, object]>([
    ['says the same', { ...told, forwarded: standard }, known],
    ['says nothing', { ...told, forwarded: '' }, known],
    ['names another client', { ...told, forwarded: 'for=10.1.2.3;proto=https;host=r.example' }, nothing],
    ['names another host', { ...told, forwarded: 'for=1.2.3.4;proto=https;host=evil.example' }, nothing],
    ['names another scheme', { ...told, forwarded: 'for=1.2.3.4;proto=http;host=r.example' }, nothing],
    ['leaves out the client', { ...told, forwarded: 'proto=https;host=r.example' }, nothing],
    ['leaves out the host', { ...told, forwarded: 'for=1.2.3.4' }, nothing],
    [
      'leaves out the host, and so does its kin',
      { 'x-forwarded-for': '1.2.3.4', forwarded: 'for=1.2.3.4' },
      { ...known, externalBase: '' },
    ],
    ['says nothing that can be read', { ...told, forwarded: 'for=1.2.3.4;;=' }, nothing],
    ['says only by whom', { ...told, forwarded: 'by=10.0.0.1' }, nothing],
    ['is the only one', { forwarded: standard }, nothing],
    ['is the only one but for a prefix', { forwarded: standard, 'x-forwarded-prefix': '/p' }, nothing],
    [
      'is the only one but for a host',
      { forwarded: 'for=1.2.3.4', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      nothing,
    ],
  ])('of the other family counts for nothing where it %s', (_, headers, expected) => {
    expect(originOf(headers, peer, trustOf(true))).toEqual(expected);
  });

  it.each<[string, Record<string, string>, object]>([
    ['says the same', { ...told, forwarded: standard }, known],
    ['names another client', { forwarded: standard, ...told, 'x-forwarded-for': '10.1.2.3' }, nothing],
    ['names only a client', { forwarded: standard, 'x-forwarded-for': '1.2.3.4' }, nothing],
    ['names only a host', { forwarded: 'for=1.2.3.4', 'x-forwarded-host': 'evil.example' }, nothing],
    ['is the only one', told, nothing],
  ])('of the older family counts for nothing where the standard one is believed and it %s', (_, headers, expected) => {
    expect(originOf(headers, peer, trustOf(true), 'forwarded')).toEqual(expected);
  });

  it('is told to the host where it contradicts itself, and only there', () => {
    const advised: string[] = [];
    const advise: Advise = ({ setting }) => void advised.push(setting);
    originOf({ ...told, forwarded: standard }, peer, trustOf(true), 'x-forwarded', advise);
    originOf(told, peer, trustOf(true), 'x-forwarded', advise);
    originOf({ ...told, forwarded: 'for=10.1.2.3' }, peer, undefined, 'x-forwarded', advise);
    expect(advised).toEqual([]);
    originOf({ ...told, forwarded: 'for=10.1.2.3' }, peer, trustOf(true), 'x-forwarded', advise);
    originOf(told, peer, trustOf(true), 'forwarded', advise);
    expect(advised).toEqual(['forwardedHeaders', 'forwardedHeaders']);
  });

  it.each([
    'a b',
    'r.example/',
    'r.example\\',
    'r.example@evil',
    'user@r.example',
    '',
    '.',
    '-',
    '[::1',
    '[12]',
    '[zz::]',
    'r:',
    'r:99999',
    'r:1:2',
    '<x>',
    "a'b",
    'r.example?x',
    'é',
  ])('is not believed where the host is %j', (host) => {
    expect(originOf({ ...https, 'x-forwarded-host': host }, peer, trustOf(true)).externalBase).toBe('');
    expect(originOf({ forwarded: `proto=https;host="${host}"` }, peer, trustOf(true), 'forwarded').externalBase).toBe('');
  });

  it.each(['ftp', 'javascript', 'https:', 'http s', 'httpss', ''])('is not believed where the scheme is %j', (scheme) => {
    expect(originOf({ ...https, 'x-forwarded-proto': scheme }, peer, trustOf(true)).externalBase).toBe('');
  });

  it.each([
    ...[
      'p',
      '//evil.example',
      '/p//q',
      '/p//',
      '/../x',
      '/x/.',
      '/.',
      '/..',
      '/p/../',
      '/p?x',
      '/p#',
      '/p q',
      '/é',
      '/\\evil.example',
    ],
    ...['/%2e', '/%2E%2e/x', '/.%2e', '/%2e./x', '/p/%2e%2e', '/p%2f', '/%2Fevil.example', '/%5cevil.example', '/p%5Cq'],
    ...['/%00', '/p%0d%0aq', '/%7f', '/%c2%85', '/%252e%252e', '/p%25', '/%', '/%2', '/%zz', '/%ff', '/p\r\nq', '/p\u0000'],
  ])('is not believed where the prefix is %j', (prefix) => {
    expect(originOf({ 'x-forwarded-prefix': prefix }, peer, trustOf(true)).externalBase).toBe('');
  });

  it.each(['/p', '/p.q/~r/-_', '/%7Euser', '/caf%C3%A9', '/two%20words', '/...', '/.p', '/p..'])(
    'is believed where the prefix is %j',
    (prefix) => {
      expect(originOf({ 'x-forwarded-prefix': prefix }, peer, trustOf(true)).externalBase).toBe(prefix);
    },
  );

  it('costs little, however it is malformed', () => {
    for (const text of [
      ' '.repeat(16_000),
      'a=b;'.repeat(4_000),
      '"'.repeat(16_000),
      'a="\\'.repeat(3_000),
      ','.repeat(16_000),
    ]) {
      const read = () => {
        originOf(
          { forwarded: text, 'x-forwarded-host': text, 'x-forwarded-for': text, 'x-forwarded-prefix': text },
          peer,
          trustOf(true),
        );
        originOf({ 'x-forwarded-host': text, 'x-forwarded-for': text, 'x-forwarded-prefix': text }, peer, trustOf(true));
      };
      expect(leastTime(read)).toBeLessThan(50);
    }
  });
});

describe('trust', () => {
  it.each<[TrustProxy, string, boolean]>([
    ['loopback', '127.0.0.1', true],
    ['loopback', '127.9.9.9', true],
    ['loopback', '::1', true],
    ['loopback', '::ffff:127.0.0.1', true],
    ['loopback', '128.0.0.1', false],
    ['linklocal', '169.254.1.1', true],
    ['linklocal', 'fe80::1', true],
    ['uniquelocal', '172.31.255.255', true],
    ['uniquelocal', '172.32.0.0', false],
    ['uniquelocal', 'fd00::1', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.0.0/16', '10.1.9.9', true],
    ['2001:db8::/32', '2001:db8:1::', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['loopback, 10.1.2.3', '10.1.2.3', true],
    [['loopback', '10.1.2.3'], '127.0.0.1', true],
    [['loopback'], '', false],
    ['0.0.0.0/0', '9.9.9.9', true],
  ])('in %j of %s is %s', (option, address, trusted) => {
    expect(trustOf(option)?.(address, 0)).toBe(trusted);
  });

  it.each([
    -1,
    1.5,
    Number.NaN,
    '',
    'nothing',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'loopback,',
    [],
    [1],
    {},
    null,
  ])('in %j is no option', (option) => {
    expect(wrongTrust(option)).toMatch(/^must be true, false, a number of proxies/);
  });

  it.each([true, false, 0, 2, 'loopback', ['10.0.0.0/8', 'uniquelocal'], () => true])('in %j is an option', (option) => {
    expect(wrongTrust(option)).toBeUndefined();
  });
});
