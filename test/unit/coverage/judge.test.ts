/** What the coverage makes of replies that no registry of ours sends. */
import { expect, it } from 'vitest';
import { coverage } from '../../../lib/coverage/ledger.ts';

const target = '/v2/a/tags/list';

it.each([
  '',
  'not found',
  '\xff',
  'null',
  '[]',
  '"text"',
  '{"errors":{}}',
  '{"errors":[null,1]}',
  '{"errors":[{"code":1,"detail":null}]}',
])('a failure with the body %j has no error code', (text) => {
  const reply = { status: 404, headers: { 'content-type': 'application/json' }, body: Buffer.from(text, 'latin1') };
  const { departures, useCases } = coverage([{ request: { method: 'GET', target, hasBody: false }, reply }]);
  const objections = ['the table has no 404 without an error code here'];
  expect(departures).toEqual([{ request: `GET ${target}`, status: 404, objections }]);
  expect(useCases.find(({ name }) => name === 'listTags')?.refused).toEqual([404]);
});

const boundary = 'b';
const sent = (...parts: readonly string[]) =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
const part = (range: string, bytes: string) => `Content-Type: a/b\r\nContent-Range: bytes ${range}/9\r\n\r\n${bytes}`;
const type = 'multipart/byteranges; boundary=b';

it.each([
  ['nothing', type, sent(part('0-1', 'ab'), part('4-4', 'c')), []],
  ['one part', type, sent(part('0-1', 'ab')), ['it has 1 parts, where it must have several']],
  [
    'a part that is too short',
    type,
    sent(part('0-1', 'ab'), part('4-5', 'c')),
    ['its part 2 has 1 bytes, and its Content-Range is bytes 4-5/9'],
  ],
  [
    'a part without its range',
    type,
    sent(part('0-1', 'ab'), 'Content-Type: a/b\r\n\r\nc'),
    ['its part 2 has no well-formed Content-Range'],
  ],
  [
    'a part without its type',
    type,
    sent(part('0-1', 'ab'), part('4-4', 'c').replace('Content-Type: a/b\r\n', '')),
    ['its part 2 has no Content-Type'],
  ],
  ['no end', type, sent(part('0-1', 'ab'), part('4-4', 'c')).slice(0, -4), ['its parts do not begin and end with the boundary']],
  [
    'bytes before it',
    type,
    `x${sent(part('0-1', 'ab'), part('4-4', 'c'))}`,
    ['its parts do not begin and end with the boundary'],
  ],
  [
    'no boundary',
    'multipart/byteranges',
    sent(part('0-1', 'ab')),
    ['its Content-Type is multipart/byteranges, and names no boundary'],
  ],
])('a reply with several parts is told of: %s', (_, contentType, text, expected) => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const headers = {
    'content-type': contentType,
    'content-length': String(text.length),
    'accept-ranges': 'bytes',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'cache-control': 'no-cache',
    'docker-distribution-api-version': 'registry/2.0',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-request-id': 'k3x9q0vd-2n',
  };
  const request = { method: 'GET', target: `/v2/a/blobs/${digest}`, hasBody: false };
  const { departures, obligations } = coverage([{ request, reply: { status: 206, headers, body: Buffer.from(text) } }]);
  expect(departures.flatMap(({ objections }) => objections)).toEqual(expected);
  const met = obligations.filter(({ met }) => met).map(({ name }) => name);
  expect(met).toContain('getBlob: 206 (several parts)');
  expect(met).not.toContain('getBlob: 206');
});
