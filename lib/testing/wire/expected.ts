/** Replies against what an exchange expects of them. */
import assert from 'node:assert/strict';
import type { Expected, Sent } from '../exchanges/exchange.ts';
import type { Reply } from './send.ts';

/** Asserts that a reply is as expected; says what was asked and what came. */
export function assertExpected(sent: Sent, { status, headers, body }: Reply, expect: Expected): void {
  const about = `${sent.method} ${sent.path} answered ${status} ${body.subarray(0, 600).toString()}`;
  assert.equal(status, expect.status, `${about}: ${expect.status} was expected`);
  assertHeaders(headers, expect.headers, about);
  if (expect.code !== undefined) assert.equal(errorsOf(body)[0]?.code, expect.code, `${about}: ${expect.code} was expected`);
  if (expect.missing) {
    const digests = errorsOf(body).map(({ detail }) => detail?.digest);
    assert.deepEqual(digests, expect.missing, `${about}: ${expect.missing.join(' and ')} should be named`);
  }
  assertBody(body, expect.body, about);
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

function errorsOf(body: Buffer): { code: string; detail?: { digest?: string } }[] {
  return (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors;
}
