/** From a request line and headers to the parsed parameters of one use case: everything inside trusts what passed here. */
import type { MethodDescriptor, RequestDescriptor, RouteDescriptor } from '../api/descriptor.ts';
import { RegistryError } from '../api/errors.ts';
import { type Format, type FormatName, formats } from '../api/formats.ts';
import { pathParameters, queryParameters, requestHeaders } from '../api/parameters.ts';
import { type Place, placesIn, type RequestHead } from './match.ts';

/** A request that has a row in the table, and its parameters, each of which fits its format. */
export interface Parsed {
  readonly route: RouteDescriptor;
  readonly method: MethodDescriptor;
  readonly request: RequestDescriptor;
  readonly head: boolean;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Finds the row of a request and reads its parameters. With `passedOver`, looks only at the rows after that one. */
export type Parser = (head: RequestHead, passedOver?: RequestDescriptor) => Parsed;

/** A parser for routes. It throws the RegistryError of whatever does not fit. */
export function parserOf(routes: readonly RouteDescriptor[]): Parser {
  const placeOf = placesIn(routes);
  return (head, passedOver) => {
    const place = placeOf(head, passedOver);
    const { match, method, request } = place;
    return { route: match.route, method, request, head: head.method === 'HEAD', ...readParameters(place, head) };
  };
}

function readParameters({ match: { path }, request, query }: Place, head: RequestHead) {
  const { when } = request;
  const narrowed = when && 'path' in when ? { [when.path]: when.format } : {};
  return {
    path: read(Object.keys(path), (name) => {
      const format = narrowed[name] ?? pathParameters[name as keyof typeof pathParameters].format;
      return readValue(name, format, path[name] ?? '');
    }),
    query: read(Object.keys(request.query ?? {}), (name) => {
      const { format, ...rest } = queryParameters[name as keyof typeof queryParameters];
      const required = request.query?.[name as keyof typeof queryParameters] === 'required';
      return readValues(name, format, query.get(name) ?? [], required, 'repeats' in rest);
    }),
    headers: read(Object.keys(request.headers ?? {}), (name) => {
      const { format } = requestHeaders[name as keyof typeof requestHeaders];
      const value = head.header(name);
      return value === undefined ? undefined : readValue(name, format, value);
    }),
  };
}

/** Values by name; absent ones are left out. */
function read(names: readonly string[], valueNamed: (name: string) => unknown): Record<string, unknown> {
  const values = names.map((name) => [name, valueNamed(name)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

type Texts = readonly (string | undefined)[];

function readValues(name: string, format: FormatName, texts: Texts, required: boolean, repeats: boolean): unknown {
  if (repeats && texts.length > 0) return texts.map((text) => readValue(name, format, text));
  if (texts.length > 1) return refuse(name, format, `${name} is given more than once`);
  if (texts.length === 1) return readValue(name, format, texts[0]);
  return required ? refuse(name, format, `${name} is missing`) : undefined;
}

function readValue(name: string, format: FormatName, text: string | undefined): unknown {
  const reader: Format<unknown> = formats[format];
  const value = reader.read && text !== undefined ? reader.read(text) : text;
  return value === undefined ? refuse(name, format, `${name} is malformed`, text) : value;
}

/** Throws what the format refuses malformed values with. One that refuses nothing reads them like an empty text. */
function refuse(name: string, format: FormatName, message: string, text?: string): unknown {
  const { invalid, description, read }: Format<unknown> = formats[format];
  if (!invalid) return read ? read('') : '';
  const detail = { parameter: name, expected: description, ...(text !== undefined && { given: text.slice(0, 255) }) };
  throw new RegistryError(invalid.code, { ...(invalid.status !== undefined && { status: invalid.status }), message, detail });
}
