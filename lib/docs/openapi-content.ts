/** Bodies as OpenAPI writes them down, with examples that were recorded. */
import { type BodyName, bodies, type Schema } from '../api/bodies.ts';
import type { Json, JsonObject } from './json.ts';
import type { Sample } from './samples.ts';

/** A body, by the media types that it may have. */
export function contentOf(name: BodyName): JsonObject {
  const { mediaTypes, example } = bodies[name];
  const { schema }: { readonly schema?: Schema } = bodies[name];
  const described = { ...(schema && { schema: { ...schema } as unknown as Json }), example: example as Json };
  return Object.fromEntries(mediaTypes.map((type) => [type, type === 'application/octet-stream' ? {} : described]));
}

/** Examples that were recorded, in place of the one of the table. */
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

const isJson = (type = ''): boolean => /[/+]json$/.test(type);
