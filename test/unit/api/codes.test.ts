/** The error codes of the table. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../lib/api/derive.ts';
import { type ErrorCode, errors, RegistryError } from '../../../lib/api/errors.ts';
import { failuresOf } from '../../../lib/api/failures.ts';
import { type Format, formats } from '../../../lib/api/formats.ts';
import { anywhere, noRoute, routes } from '../../../lib/api/routes.ts';

const codes = Object.keys(errors) as ErrorCode[];

describe('error codes', () => {
  it('are described wherever they are named: by a row, by a format, for every request or for a path that is no route', () => {
    const named = [
      ...rowsOf(routes).flatMap(failuresOf),
      ...Object.values<Format<unknown>>(formats).flatMap(({ invalid }) => invalid ?? []),
      ...anywhere.map((row) => (typeof row === 'string' ? { code: row } : row)),
      noRoute,
    ];
    expect(named.map(({ code }) => code).filter((code) => !codes.includes(code))).toEqual([]);
  });

  it.each(codes)('%s comes with its own message and status, and survives JSON', (code) => {
    const { entries, status } = new RegistryError(code);
    expect(status).toBe(errors[code].status);
    expect(JSON.parse(JSON.stringify({ errors: entries }))).toEqual({ errors: [{ code, message: errors[code].message }] });
  });

  it('survive JSON in a body with several errors, in their order', () => {
    const entries = ['a', 'b'].map((digest) => ({ message: `${digest} is missing`, detail: { digest } }));
    const error = new RegistryError('MANIFEST_BLOB_UNKNOWN', { entries });
    expect(JSON.parse(JSON.stringify(error.entries))).toEqual(entries.map((entry) => ({ code: error.code, ...entry })));
  });
});
