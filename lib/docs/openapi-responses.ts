/** The responses of an operation in OpenAPI: one for each status. */
import type { Row, Success } from '../api/derive.ts';
import { type Failure, failuresAnywhere, failuresOf } from '../api/failures.ts';
import { type ResponseHeader, responseHeaders } from '../api/parameters.ts';
import type { Uses } from '../api/row-shapes.ts';
import { idOf } from './blocks.ts';
import type { Json, JsonObject } from './json.ts';
import { contentOf, withExamples } from './openapi-content.ts';
import type { Sample, Samples } from './samples.ts';

/** The shared responses of the document, below `components`. */
export interface Shared {
  /** All of them, by name. */
  readonly all: ReadonlyMap<string, Json>;
  /** Adds a response and gives a `$ref` to it. If the name is taken by a different response, a number is appended to it. */
  refer(name: string, response: Json): Json;
}

/** Creates an empty set of shared responses. */
export function createSharedResponses(): Shared {
  const all = new Map<string, Json>();
  return {
    all,
    refer(name, response) {
      const text = JSON.stringify(response);
      let free = name;
      for (let turn = 2; all.has(free) && JSON.stringify(all.get(free)) !== text; turn++) free = `${name}-${turn}`;
      all.set(free, response);
      return { $ref: `#/components/responses/${free}` };
    },
  };
}

/** The responses of a method by status. The descriptions of several use cases are joined. */
export function responsesOf(rows: readonly Row[], samples: Samples, shared: Shared, head: boolean): Json {
  const successes = rows.flatMap((row) =>
    row.successes.filter((success) => !head || success.answersHead).map((success) => ({ row, success })),
  );
  const failures = [...rows.flatMap(failuresOf), ...failuresAnywhere];
  const statuses = [...new Set([...successes.map(({ success }) => success.status), ...failures.map(({ status }) => status)])];
  return Object.fromEntries(
    statuses.sort().map((status) => {
      const own = successes.filter(({ success }) => success.status === status);
      const failed = failures.filter((each) => each.status === status);
      const name = `${head ? 'Head' : ''}${status}${idOf(...new Set(failed.map(({ code }) => code)))}`;
      const response = own.length > 0 ? successOf(own, samples, head) : shared.refer(name, failureOf(failed, samples, head));
      return [String(status), response];
    }),
  );
}

function successOf(own: readonly { readonly row: Row; readonly success: Success }[], samples: Samples, head: boolean): Json {
  const names = [...new Set(own.flatMap(({ success }) => success.body ?? []))];
  const content = Object.fromEntries(names.flatMap((name) => Object.entries(contentOf(name))));
  const found = own.flatMap(({ row, success }): [string, Sample][] => {
    const sample = samples.successes[success.name];
    return sample ? [[idOf(row.name), sample]] : [];
  });
  return {
    description: distinct(own.map(({ success }) => success.description)),
    headers: headersOf(own.map(({ success }) => success.headers ?? {})),
    ...(names.length > 0 && !head && { content: withExamples(content, found) }),
  };
}

function failureOf(own: readonly Failure[], samples: Samples, head: boolean): Json {
  const codes = [...new Set(own.map(({ code }) => code))];
  const [[type = '', described = {}] = []] = Object.entries(contentOf('errors'));
  const found = codes.flatMap((code): [string, Sample][] => {
    const sample = samples.errors[code];
    return sample ? [[code, sample]] : [];
  });
  const errorList = {
    type: 'object',
    required: ['errors'],
    properties: {
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['code', 'message'],
          properties: { code: { type: 'string', enum: codes }, message: { type: 'string' }, detail: {} },
        },
      },
    },
  };
  return {
    description: distinct(own.map(({ code, description }) => `\`${code}\`: ${description}`)),
    headers: headersOf(own.map(({ headers }) => headers)),
    ...(!head && { content: withExamples({ [type]: { ...(described as JsonObject), schema: errorList } }, found) }),
  };
}

const distinct = (texts: readonly string[]): string => [...new Set(texts)].join('\n\n');

/** References to the headers that every reply has and to those of these rows. */
function headersOf(uses: readonly Uses<ResponseHeader>[]): Json {
  const always = Object.entries(responseHeaders).flatMap(([name, header]) => ('always' in header ? [name] : []));
  const named = uses.flatMap((each) => Object.keys(each));
  return Object.fromEntries([...new Set([...always, ...named])].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
