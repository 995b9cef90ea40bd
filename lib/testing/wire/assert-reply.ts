/** Asserts that a reply is what its exchange expects. */
import assert from 'node:assert/strict';
import type { Expected, Sent } from '../exchanges/exchange.ts';
import type { Reply } from './send.ts';

/** Asserts that a reply is as expected. The message of a failure begins with the request and the reply: `PUT … answered 400 …`. */
export function assertExpected(sent: Sent, { status, headers, body }: Reply, expect: Expected): void {
  const about = `${sent.method} ${sent.path} answered ${status} ${body.subarray(0, 600).toString()}`;
  assert.equal(status, expect.status, `${about}: ${expect.status} was expected`);
  assertHeaders(headers, expect.headers, about);
  assertErrors(body, expect, about);
  assertBody(body, expect.body, about);
}

function assertErrors(body: Buffer, { code, message, detail, missing }: Expected, about: string): void {
  if (code !== undefined) assert.equal(errorsOf(body)[0]?.code, code, `${about}: ${code} was expected`);
  if (message) assert.match(String(errorsOf(body)[0]?.message), message, `${about}: the message does not match ${message}`);
  if (detail !== undefined)
    assert.deepEqual(errorsOf(body)[0]?.detail, detail, `${about}: the detail should be ${JSON.stringify(detail)}`);
  if (missing) {
    const digests = errorsOf(body).map(({ detail }) => detail?.digest);
    assert.deepEqual(digests, missing, `${about}: ${missing.join(' and ')} should be named`);
  }
}

function assertHeaders(headers: Reply['headers'], expected: Expected['headers'] = {}, about: string): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const value = headers[name.toLowerCase()];
    if (wanted === null) assert.equal(value, undefined, `${about}: ${name} is ${value} and should be absent`);
    else if (wanted instanceof RegExp) assert.match(String(value), wanted, `${about}: ${name} is ${value}, not ${wanted}`);
    else assert.equal(String(value), wanted, `${about}: ${name} is ${value}, not ${wanted}`);
  }
}

function assertBody(body: Buffer, expected: unknown, about: string): void {
  if (expected === undefined) return;
  if (expected instanceof RegExp) assert.match(body.toString(), expected, `${about}: the body does not match ${expected}`);
  else if (typeof expected === 'string') assert.equal(body.toString(), expected, `${about}: the body differs`);
  else assert.deepEqual(JSON.parse(body.toString()), expected, `${about}: the body should be ${JSON.stringify(expected)}`);
}

interface Said {
  readonly code: string;
  readonly message?: string;
  readonly detail?: { readonly digest?: string };
}

function errorsOf(body: Buffer): readonly Said[] {
  return (JSON.parse(body.toString()) as { errors: Said[] }).errors;
}
