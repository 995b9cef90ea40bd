/** The table as an OpenAPI 3.1 document. */
import { bodies } from '../api/bodies.ts';
import { type Parameter, type Row, rowsOf } from '../api/derive.ts';
import { type Format, type FormatName, formats } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';
import { responseHeaders } from '../api/parameters.ts';
import { routes } from '../api/routes.ts';
import type { MethodDescriptor, RouteDescriptor } from '../api/row-shapes.ts';
import { descriptionOf } from './description.ts';
import type { Json, JsonObject } from './json.ts';
import { contentOf } from './openapi-content.ts';
import { createSharedResponses, responsesOf, type Shared } from './openapi-responses.ts';
import type { Samples } from './samples.ts';

/** Options of the OpenAPI document. */
export interface OpenApiOptions {
  /** The title of the document. Default: `Container registry`. */
  readonly title?: string | undefined;
  /** The URLs where the API is served, without `/v2`: `https://registry.example`. Default: `/`, the server of the document. */
  readonly servers?: readonly string[] | undefined;
  /** Restricts the document to these operations: `['getBlob', 'getManifest']`. Default: all. */
  readonly operations?: readonly Operation[] | undefined;
}

/** A method of a route, with those of its use cases that are in the document. */
interface Served {
  readonly route: RouteDescriptor;
  readonly method: MethodDescriptor;
  readonly rows: readonly Row[];
}

/** The document. Each method of a route is one operation; its description distinguishes the use cases. */
export function toOpenApi(
  samples: Samples,
  { title = 'Container registry', servers = ['/'], operations }: OpenApiOptions = {},
): Json {
  const wanted = (row: Row): boolean => operations?.some((operation) => operation === row.request.operation) ?? true;
  const served = (routes as readonly RouteDescriptor[]).flatMap((route) =>
    route.methods.flatMap((method): Served[] => {
      const rows = rowsOf([{ ...route, methods: [method] }]).filter(wanted);
      return rows.length > 0 ? [{ route, method, rows }] : [];
    }),
  );
  const entities = new Map(served.map(({ route }) => [route.entity, route.description]));
  const paths = new Map<string, JsonObject>();
  const shared = createSharedResponses();
  for (const each of served)
    paths.set(each.route.path, { ...paths.get(each.route.path), ...operationsOf(each, samples, shared) });
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: '1.1',
      summary: 'The OCI distribution specification, which is the Docker registry HTTP API V2 of today.',
      description:
        'A path parameter cannot contain a slash here, and a repository name can: `{name}` stands for all components of a name.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: servers.map((url) => ({ url })),
    security: [{}, { basic: [] }, { bearer: [] }],
    tags: [...entities].map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of the service that the challenge names.' },
      },
      responses: Object.fromEntries(shared.all),
      schemas: Object.fromEntries(Object.entries(formats).map(([name]) => [name, formatSchema(name as FormatName)])),
      headers: Object.fromEntries(
        Object.entries(responseHeaders).map(([name, { format, description }]) => [
          name,
          { description, schema: { $ref: `#/components/schemas/${format}` } },
        ]),
      ),
    },
  };
}

function formatSchema(name: FormatName): Json {
  const format: Format<unknown> = formats[name];
  return { type: 'string', pattern: format.pattern, description: descriptionOf(format), examples: [format.example] };
}

/** The operation of a method; for GET, also that of HEAD. */
function operationsOf(served: Served, samples: Samples, shared: Shared): JsonObject {
  const { method } = served.method;
  const operation = operationOf(served, samples, shared, false);
  if (method !== 'GET') return { [method.toLowerCase()]: operation };
  return { get: operation, head: operationOf(served, samples, shared, true) };
}

function operationOf(served: Served, samples: Samples, shared: Shared, head: boolean): Json {
  const { route, rows, method } = served;
  const names = [...new Set(rows.map(({ request }) => request.operation))];
  const id = names.length === 1 ? (names[0] ?? '') : `${method.method.toLowerCase()}${route.entity}`;
  const body = head ? undefined : requestBodyOf(rows);
  return {
    operationId: head ? `${id}Head` : id,
    tags: [route.entity],
    summary: rows.map(({ request }) => request.summary).join(', or: ') + (head ? ', without the body' : ''),
    ...(rows.length > 1 && { description: rows.map(variantText).join('\n') }),
    parameters: parametersOfAll(rows),
    ...(body && { requestBody: body }),
    responses: responsesOf(rows, samples, shared, head),
  };
}

function variantText(row: Row): string {
  const { summary, description, when } = row.request;
  const condition = when ? `if ${conditionText(when)}` : 'otherwise';
  return `- **${summary}** (${condition}). ${description ?? ''}`.trimEnd();
}

function conditionText(when: NonNullable<Row['request']['when']>): string {
  if ('query' in when) return `the query has \`${when.query}\``;
  if ('header' in when) return `there is a \`${when.header}\` header`;
  if ('path' in when) return `\`${when.path}\` is a ${when.format}`;
  return 'no body is announced';
}

/** The parameters of all use cases; one is required only if all of them require it. */
function parametersOfAll(rows: readonly Row[]): Json {
  const lists = rows.map(({ parameters }) => parameters);
  const all = new Map(lists.flat().map((each) => [`${each.in} ${each.name}`, each]));
  return [...all.values()]
    .filter(({ name }) => name !== 'Content-Type')
    .map((parameter): Json => {
      const same = ({ name, in: place }: Parameter): boolean => name === parameter.name && place === parameter.in;
      const required = lists.every((list) => list.some((each) => same(each) && each.required));
      return {
        name: parameter.name,
        in: parameter.in,
        required,
        description: parameter.description,
        schema: { $ref: `#/components/schemas/${formatOfAll(rows, parameter)}` },
      };
    });
}

/** The format of a parameter. `reference` if the use cases narrow it to different formats: tag and digest. */
function formatOfAll(rows: readonly Row[], { name, in: place, format }: Parameter): FormatName {
  const found = rows.flatMap((row) => row.parameters.filter((each) => each.name === name && each.in === place));
  return new Set(found.map((each) => each.format)).size > 1 ? 'reference' : format;
}

function requestBodyOf(rows: readonly Row[]): Json | undefined {
  const [name] = rows.flatMap(({ request }) => request.body ?? []);
  if (name === undefined) return undefined;
  return {
    description: bodies[name].description,
    required: rows.every(({ request }) => request.body !== undefined),
    content: contentOf(name),
  };
}
