/** The head of a request, parsed once: whose bucket, which key, which parameters, which headers. */
import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';

/** A request without its body. */
export interface S3Request {
  readonly method: string;
  /** The path as signatures have it: every segment percent-encoded in the one way. */
  readonly path: string;
  readonly bucket: string;
  readonly key: string | undefined;
  /** All parameters, those of a presigned URL among them. */
  readonly query: ReadonlyMap<string, string>;
  /** Headers as they came: names in lower case, values of a repeated one joined by commas. */
  readonly received: ReadonlyMap<string, string>;
  /** The same, and those that a presigned URL carries as parameters. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Parses a head; path style only. */
export function parseRequest({ method = '', url = '', rawHeaders }: IncomingMessage): S3Request {
  const [path = '', search = ''] = url.split(/\?(.*)/s);
  const [, bucket = '', rest] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  const query = parseQuery(search);
  const received = joined(rawHeaders);
  const hoisted = [...query].map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = new Map([...hoisted.filter(([name]) => name.startsWith('x-amz-')), ...received]);
  const segments = path.split('/').map((segment) => encode(decode(segment)));
  return {
    method,
    path: segments.join('/'),
    bucket: decode(bucket),
    key: rest ? decode(rest) : undefined,
    query,
    received,
    headers,
  };
}

function parseQuery(search: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of search === '' ? [] : search.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map(decode);
    if (query.has(name)) throw new S3Error('InvalidArgument', `The parameter ${name} was given twice.`);
    query.set(name, value);
  }
  return query;
}

function joined(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = (rawHeaders[at + 1] ?? '').trim().replace(/\s+/g, ' ');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/** Text without its percent encoding. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', `${text} is not percent-encoded UTF-8.`);
  }
}

/** Percent encoding as signatures and listings have it: everything but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A whole number of a parameter, or `fallback` where it is absent. */
export function numberParameter(request: S3Request, name: string, fallback: number): number {
  const text = request.query.get(name);
  if (text === undefined) return fallback;
  if (!/^\d{1,10}$/.test(text)) throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`);
  return Number(text);
}
