/** Exchanges that really happened, one for each reply that the table has, and the flows that they make. */
import type { ErrorCode } from '../api/errors.ts';

/** A request and its reply as they went over the wire, with what differs from run to run replaced by examples. */
export interface Sample {
  /** The use case, as its row names it; absent where the table has none for it. */
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

/** A way to get something done, in several requests. */
export interface Flow {
  /** What a person wants, as a heading. */
  readonly title: string;
  readonly steps: readonly Sample[];
}

/** Everything that was recorded. */
export interface Samples {
  /** By use case and status: `getBlob: 206`. */
  readonly successes: Readonly<Record<string, Sample>>;
  /** A body for each error code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, Sample>>>;
  readonly flows: readonly Flow[];
}

/** The text of a request, as it is sent. */
export function requestText({ request: { method, target, headers, body } }: Sample): string {
  return message(`${method} ${target} HTTP/1.1`, headers, body);
}

/** The text of a reply, as it comes. */
export function replyText({ reply: { status, headers, body } }: Sample): string {
  return message(`HTTP/1.1 ${status} ${reasons[status] ?? ''}`.trimEnd(), headers, body);
}

function message(line: string, headers: Readonly<Record<string, string>>, body: string | undefined): string {
  const lines = [line, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return [...lines, ...(body === undefined || body === '' ? [] : ['', body])].join('\n');
}

/** What the statuses of the table are called: RFC 9110 chapter 15, RFC 6585, RFC 4918. */
export const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};
