/**
 * What is wrong with a request before anybody asks where it goes: framings that two parsers could read in two ways,
 * headers that decide and come twice. Node's parser refuses most of it; a lenient one lets it through.
 */
import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../../api/errors.ts';

/** The refusal of a request that could be read in two ways; undefined where there is one reading. It costs the connection. */
export function flawIn(request: IncomingMessage): RegistryError | undefined {
  const message = flawOf(request);
  return message === undefined
    ? undefined
    : new RegistryError('UNSUPPORTED', { status: 400, message, headers: { Connection: 'close' } });
}

function flawOf(request: IncomingMessage): string | undefined {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  // A request that came as a stream of HTTP/2 says so; one that only claims the version came through the parser of HTTP/1.
  if (request.httpVersionMajor !== 1 && !('stream' in request)) return 'the protocol must be HTTP/1.1 or HTTP/1.0';
  if (coding !== undefined) {
    if (request.httpVersion === '1.0') return 'HTTP/1.0 has no Transfer-Encoding';
    if (coding.toLowerCase() !== 'chunked') return 'the only transfer coding that is served is chunked';
    if (length !== undefined) return 'a request has either a Content-Length or a Transfer-Encoding';
  }
  if (length !== undefined && !isLength(length)) return 'Content-Length must be a number of bytes';
  if (request.url === '*') return 'the registry as a whole has no methods; ask for a path';
  const repeated = repeatedIn(request.rawHeaders);
  return repeated && `${repeated} is given more than once`;
}

const isLength = (text: string): boolean => /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text));

/** Headers that a server acts on as a whole, and that Node takes the first of in silence. */
const single = ['Host', 'Authorization'];
const singleLengths = new Set(single.map((name) => name.length));

function repeatedIn(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!singleLengths.has(name.length)) continue;
    const lower = name.toLowerCase();
    if (seen.has(lower)) return single.find((each) => each.toLowerCase() === lower);
    if (single.some((each) => each.toLowerCase() === lower)) seen.add(lower);
  }
  return undefined;
}
