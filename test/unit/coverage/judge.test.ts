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
