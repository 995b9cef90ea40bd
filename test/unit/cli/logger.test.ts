/** What the log of the command prints of an error, and what it keeps to itself. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../lib/cli/logger.ts';
import { StorageFault } from '../../../lib/driver.ts';

/** What the log has of an error. */
function logged(err: unknown): string {
  let written = '';
  const logger = createLogger({
    write: (text) => {
      written += text;
    },
  });
  logger.error({ err, method: 'PUT', path: '/v2/app/manifests/latest', status: 503 }, 'request failed');
  return written;
}

/** An error as the client of an object store throws it. */
function storeError(): Error {
  const hidden = { $response: { headers: { 'x-amz-security-token': 'secret-token' }, body: 'secret-body' } };
  const error = Object.assign(new Error('The request signature we calculated\ndoes not match.'), {
    name: 'SignatureDoesNotMatch',
    $fault: 'client',
    $metadata: { httpStatusCode: 403, requestId: 'secret-request' },
    AWSAccessKeyId: 'secret-key-id',
    StringToSign: 'secret-string',
    CanonicalRequest: 'secret-request x-amz-security-token:secret-token',
    'Token-0': 'secret-token',
    ...hidden,
  });
  return error;
}

describe('the log of the command', () => {
  it.each([
    ['as it is', storeError()],
    [
      'as the cause of a fault',
      new StorageFault('broken', 'writing tags/latest: SignatureDoesNotMatch', { cause: storeError() }),
    ],
    ['as the cause of a cause', new Error('one', { cause: new Error('two', { cause: storeError() }) })],
    ['among several', new AggregateError([storeError()], 'all failed')],
    ['with a cause', Object.assign(storeError(), { cause: Object.assign(new Error('reset'), { request: { auth: 'secret' } }) })],
  ])('has name, message and status of an error of an object store, and nothing else, %s', (_, error) => {
    expect(inspect(error, { depth: 5 })).toContain('secret');
    const text = logged(error);
    expect(text).toContain('SignatureDoesNotMatch: The request signature we calculated does not match. (403)');
    expect(text).not.toContain('secret');
  });

  it('has what a request was, and the stack of any other error with those of its causes', () => {
    const cause = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', token: 'secret' });
    const text = logged(new StorageFault('broken', 'reading tags/latest failed', { cause }));
    expect(text).toMatch(
      /^\S+Z error request failed \{ method: 'PUT', path: '\/v2\/app\/manifests\/latest', status: 503 \} StorageFault: reading/,
    );
    expect(text).toMatch(/reading tags\/latest failed\n +at .*logger\.test\.ts/);
    expect(text).toMatch(/\n {2}caused by Error: ENOENT: no such file\n +at /);
    expect(text).not.toContain('secret');
    expect(text).toMatch(/\n$/);
  });

  it.each(['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'])('has no stack where the system refuses with %s', (code) => {
    const cause = Object.assign(new Error(`${code}: refused, mkdir '/x'`), { code, errno: -30, syscall: 'mkdir', path: '/x' });
    const [, ...text] = logged(new StorageFault('broken', 'making blobs failed', { cause })).split(' StorageFault: ');
    expect(text).toEqual([`making blobs failed\n  caused by Error: ${code}: refused, mkdir '/x'\n`]);
    expect(logged(Object.assign(new Error('mine'), { code })), 'an error of the host').toMatch(/\n +at /);
  });

  it('ends with a cause that is its own cause, and has what was thrown and is no error', () => {
    const circle: Error & { cause?: unknown } = new Error('round');
    circle.cause = circle;
    expect(logged(circle).match(/Error: round/g)).toHaveLength(6);
    expect(logged('text')).toContain("err: 'text'");
  });
});
