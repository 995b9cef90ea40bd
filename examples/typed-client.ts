/**
 * A client of the API with no route, header or status of its own: what it sends, and what it takes for an answer, is in the
 * table that `stowage/docs` exports. examples/typed-client-image.ts pushes and pulls an image with it.
 */
import { descriptors, type RequestDescriptor, type ResponseDescriptor, type RouteDescriptor } from 'stowage/docs';
import type { ErrorEntry, Operation, ParamsOf, ReplyOf } from './typed-client-types.ts';

const { bodies, errors, formats, pathParameters, queryParameters, requestHeaders } = descriptors;
type FormatName = keyof typeof formats;
type Parameters = Readonly<Record<string, { readonly format: FormatName }>>;

type Row = RequestDescriptor & { readonly method: string; readonly path: string };
const routes: readonly RouteDescriptor[] = descriptors.routes;
const rows = routes.flatMap(({ path, methods }) =>
  methods.flatMap(({ method, requests }) => requests.map((request): Row => ({ ...request, method, path }))),
);

/** What the compiler knows of the parameters when the operation may be any. */
interface Given extends Readonly<Record<string, unknown>> {
  readonly use?: string;
  readonly at?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** What the registry refused, in its own words: the first error of its reply. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorEntry['code'];
  readonly detail: unknown;

  constructor(status: number, { code, message, detail }: ErrorEntry) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

/** A client of the registry whose API is at `base` + `/v2/`. It throws a {@link Refusal} where the registry refuses. */
export function clientOf(base: string) {
  return async <O extends Operation>(operation: O, params: ParamsOf<O>): Promise<ReplyOf<O>> => {
    const given: Given = params;
    const row = rows.find((candidate) => candidate.operation === operation && candidate.use === given.use);
    if (!row) throw new TypeError(`the table has no ${operation} with the use ${given.use}`);
    const response = await fetch(urlOf(row, given, base), {
      method: row.method,
      headers: textsOf(row.headers, requestHeaders, given),
      body: row.body && given.body ? new Blob([given.body], { type: typeOf(row.body) }) : null,
      redirect: 'manual',
    });
    const success = row.successes.find(({ status }) => status === response.status);
    if (!success) throw await refusalIn(response);
    return (await replyIn(response, success)) as ReplyOf<O>;
  };
}

function urlOf({ path, query, when }: Row, given: Given, base: string): URL {
  const narrowed: Parameters = when && 'format' in when ? { [when.path]: when } : {};
  const parameters = Object.entries<{ format: FormatName }>({ ...pathParameters, ...narrowed });
  // A value that fits its format has no character that a path would have to escape.
  const fill = (text: string, [name, { format }]: (typeof parameters)[number]) =>
    text.replace(`{${name}}`, () => textOf(name, format, given[name]));
  const url = new URL(given.at ?? base + parameters.reduce(fill, path), base);
  for (const [name, text] of textsOf(query, queryParameters, given)) url.searchParams.append(name, text);
  return url;
}

/** The parameters that are given, of those that a row uses; one that repeats, once for each of its values. */
function textsOf(uses: object = {}, parameters: Parameters, given: Given): [string, string][] {
  return Object.entries(parameters).flatMap(([name, { format }]) => {
    const values: unknown[] = name in uses ? [given[name] ?? []].flat() : [];
    return values.map((value): [string, string] => [name, textOf(name, format, value)]);
  });
}

/** A value as text, if it fits its format. */
function textOf(name: string, format: FormatName, value: unknown): string {
  const { pattern, description } = formats[format];
  if (new RegExp(pattern).test(String(value))) return String(value);
  throw new TypeError(`${name} cannot be ${JSON.stringify(value)}. ${description}`);
}

/** The media type of a body that has only one. Which of several it is, the caller says in a header. */
function typeOf(body: keyof typeof bodies): string {
  const [type, ...others] = bodies[body].mediaTypes;
  return others.length === 0 ? type : '';
}

async function replyIn(response: Response, { status, headers = {}, body }: ResponseDescriptor) {
  const texts = Object.entries(headers).map(([name, use]) => {
    const text = response.headers.get(name) ?? undefined;
    if (use === 'required' && text === undefined) throw new Error(`${response.url} answered ${status} without ${name}`);
    return [name, text];
  });
  const content = async (name: keyof typeof bodies) =>
    bodies[name].schema ? response.json() : new Uint8Array(await response.arrayBuffer());
  return { status, headers: Object.fromEntries(texts), body: body && (await content(body)) };
}

async function refusalIn(response: Response): Promise<Error> {
  const text = await response.text();
  const entry = firstError(text);
  return entry ? new Refusal(response.status, entry) : new Error(`${response.url} answered ${response.status}: ${text}`);
}

/** The first error of a body; undefined where it is none of the table's, as from a proxy in between. */
function firstError(text: string): ErrorEntry | undefined {
  try {
    const [entry] = JSON.parse(text).errors;
    return entry.code in errors ? entry : undefined;
  } catch {
    return undefined;
  }
}
