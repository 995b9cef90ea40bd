/** Recorded exchanges: one for each success of the table, one for each error code, and whole flows. */
import type { ErrorCode } from '../api/errors.ts';

/** A recorded request and its reply. What differs between runs, such as ids and dates, is replaced by examples. */
export interface Sample {
  /** The name of its use case, `getBlob`; absent if the table has none for the request. */
  readonly of?: string;
  readonly request: {
    readonly method: string;
    /** The path with its query. */
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly reply: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

/** A task that takes one or several requests. */
export interface Flow {
  /** The task, as a heading. */
  readonly title: string;
  readonly steps: readonly Sample[];
}

/** All recorded exchanges. */
export interface Samples {
  /** One exchange for each success of a use case: `getBlob: 206`. */
  readonly successes: Readonly<Record<string, Sample>>;
  /** One exchange for each error code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, Sample>>>;
  readonly flows: readonly Flow[];
}

/** A request as HTTP text. */
export function requestText({ request: { method, target, headers, body } }: Sample): string {
  return message(`${method} ${target} HTTP/1.1`, headers, body);
}

/** A reply as HTTP text. */
export function replyText({ reply: { status, headers, body } }: Sample): string {
  return message(`HTTP/1.1 ${status} ${reasons[status] ?? ''}`.trimEnd(), headers, body);
}

function message(line: string, headers: Readonly<Record<string, string>>, body: string | undefined): string {
  const lines = [line, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return [...lines, ...(body === undefined || body === '' ? [] : ['', body])].join('\n');
}

/** The reason phrases of the statuses in the table: RFC 9110 chapter 15, RFC 6585, RFC 4918. */
export const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};
