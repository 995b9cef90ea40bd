/** JSON of the registry's own against the schemas that the table gives for it. */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { bodies } from '../../lib/api/bodies.ts';
import type { Seen } from '../../lib/coverage/judge.ts';

const schemas = new Ajv({ strict: false });
const validators = new Map(
  Object.entries(bodies).flatMap(([name, { schema }]) => (schema ? [[name, schemas.compile(schema)] as const] : [])),
);

/** Asserts that the body of a reply fits the schema of its row, if it has one. */
export function assertSchema({ row, status, head, body }: Seen): void {
  const declared = status >= 400 ? 'errors' : row?.request.successes.find((success) => success.status === status)?.body;
  const validate = validators.get(declared ?? '');
  if (head || !validate) return;
  const text = Buffer.from(body).toString();
  assert.ok(validate(JSON.parse(text)), `${text} does not fit its schema: ${schemas.errorsText(validate.errors)}`);
}
