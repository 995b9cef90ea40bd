/** From the texts of a request to the values of its parameters: everything inside trusts what passed here. */
import type { Parameter, Row } from '../api/derive.ts';
import { excerpt, RegistryError } from '../api/errors.ts';
import { type Format, formats } from '../api/formats.ts';
import type { HeaderValues, PathValues, QueryValues } from '../api/infer.ts';
import type { Match, RequestHead } from './router.ts';

/** A request that has a row in the table, and its parameters, each of which fits its format. */
export interface Parsed {
  readonly row: Row;
  readonly path: PathValues;
  readonly query: QueryValues;
  readonly headers: HeaderValues;
}

/** Reads the parameters of a row. Throws the {@link RegistryError} of the first one that does not fit its format. */
export function parse(match: Match, head: RequestHead): Parsed {
  const { row } = match;
  const path: Record<string, unknown> = {};
  const query: Record<string, unknown> = {};
  const headers: Record<string, unknown> = {};
  for (const parameter of row.parameters) {
    const { name } = parameter;
    if (parameter.in === 'path') path[name] = readValue(parameter, match.path[name]);
    else if (parameter.in === 'query') {
      const value = readValues(parameter, match.query.get(name));
      if (value !== undefined) query[name] = value;
    } else {
      const text = head.header(name);
      if (text !== undefined) headers[name] = readValue(parameter, text);
    }
  }
  // Here data meets types: each value was read by the format that the table gives to its name.
  return { row, path: path as PathValues, query: query as QueryValues, headers: headers as HeaderValues };
}

function readValues(parameter: Parameter, texts: readonly (string | undefined)[] = []): unknown {
  const { required, repeats } = parameter;
  if (texts.length === 0) return required ? refuse(parameter, 'missing') : undefined;
  if (repeats) return texts.map((text) => readValue(parameter, text));
  return texts.length === 1 ? readValue(parameter, texts[0]) : refuse(parameter, 'repeated');
}

function readValue(parameter: Parameter, text: string | undefined): unknown {
  const { read }: Format<unknown> = formats[parameter.format];
  const value = read && text !== undefined ? read(text) : text;
  return value === undefined ? refuse(parameter, 'malformed', text) : value;
}

/** What is wrong with a value, in the words of the message. */
const complaints = { missing: 'is missing', repeated: 'is given more than once', malformed: 'is malformed' } as const;

/** Throws the `invalid` error of the format. A format without one never refuses; it reads the value as an empty text. */
function refuse({ name, format }: Parameter, reason: keyof typeof complaints, text?: string): unknown {
  const { invalid, expected, read, complaint }: Format<unknown> = formats[format];
  if (!invalid) return read ? read('') : '';
  const given = text === undefined ? {} : { given: excerpt(text) };
  throw new RegistryError(invalid.code, {
    ...(invalid.status !== undefined && { status: invalid.status }),
    message: `${name} ${(reason === 'malformed' && complaint) || complaints[reason]}`,
    detail: { reason, parameter: name, expected, ...given },
  });
}
