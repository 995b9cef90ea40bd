/** Bodies in OpenAPI: schemas from the table, and recorded examples. */
import { type BodyName, bodies, type Schema } from '../api/bodies.ts';
import type { Json, JsonObject } from './json.ts';
import type { Sample } from './samples.ts';

/** The `content` of a body: schema and example by media type. */
export function contentOf(name: BodyName): JsonObject {
  const { mediaTypes, example } = bodies[name];
  const { schema }: { readonly schema?: Schema } = bodies[name];
  const json: Plain<Schema> | undefined = schema;
  const described = { ...(json && { schema: json }), example: example as Json };
  return Object.fromEntries(mediaTypes.map((type) => [type, isOpaque(type) ? {} : described]));
}

/** The content with recorded examples in place of the example of the table, if any of them is JSON. */
export function withExamples(content: JsonObject, found: readonly (readonly [string, Sample])[]): JsonObject {
  const examples = found.flatMap(([name, { reply }]): [string, Json][] =>
    reply.body === undefined || !isJson(reply.headers['Content-Type']) ? [] : [[name, { value: JSON.parse(reply.body) as Json }]],
  );
  if (examples.length === 0) return content;
  return Object.fromEntries(
    Object.entries(content).map(([type, described]) => {
      const { example: _, ...rest } = described as JsonObject;
      return [type, { ...rest, examples: Object.fromEntries(examples) }];
    }),
  );
}

/** A type without its interfaces: only a type literal, and no interface, is assignable to the index signature of a JSON object. */
type Plain<T> = T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;

const isOpaque = (type: string): boolean => type === 'application/octet-stream' || type.startsWith('multipart/');
const isJson = (type = ''): boolean => /[/+]json$/.test(type);
