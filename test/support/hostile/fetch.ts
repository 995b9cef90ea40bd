/** Hostile requests as what speaks fetch has them: the `Request` that a host makes of the bytes, or why there is none. */
import { filled, type Hostile, type Way } from './trial.ts';

/** What keeps bytes from being a `Request`. Each is of the server before the registry, which fetch has nothing of. */
export type Obstacle =
  | 'it is not one request of HTTP/1.1 with a host and lines in order'
  | 'its transfer coding is none, or its chunks are broken: the server reads them'
  | 'fetch joins the lines of a repeated header'
  | 'fetch has no limit for headers'
  | 'fetch leaves expectations to the server'
  | 'Request has a URL: no asterisk, and no authority alone'
  | 'Request takes no such method'
  | 'Request takes no such header'
  | 'Request has no body with GET and HEAD';

/** A request as it was read off its bytes. */
interface Message {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whether the body ends before its end. */
  readonly isCut: boolean;
}

/** Why no `Request` can be made of a row; undefined where one can. */
export function obstacleTo({ bytes, status }: Hostile): Obstacle | undefined {
  if (status === 431) return 'fetch has no limit for headers';
  if (status === 417) return 'fetch leaves expectations to the server';
  const message = read(bytes);
  if (typeof message === 'string') return message;
  if (!/^(?:[a-z]+:\/)?\//i.test(message.target)) return 'Request has a URL: no asterisk, and no authority alone';
  const names = message.headers.map(([name]) => name.toLowerCase());
  if (['host', 'authorization', 'content-type'].some((name) => names.indexOf(name) !== names.lastIndexOf(name)))
    return 'fetch joins the lines of a repeated header';
  const { method, headers, body, isCut } = message;
  if (/^(?:GET|HEAD)$/i.test(method) && (body.length > 0 || isCut)) return 'Request has no body with GET and HEAD';
  try {
    new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  } catch {
    return 'Request takes no such header';
  }
  try {
    new Request('http://registry/', { method: classMethod(method) });
  } catch {
    return 'Request takes no such method';
  }
  return undefined;
}

/** The `Request` that bytes are. What follows a body that is not whole: the end of its connection, or nothing for as long as it is open. */
export function requestFrom(bytes: string, connection: 'open' | 'ends'): Request {
  return requestOf(messageIn(bytes), connection);
}

/** Hands the request over in the process. */
export const throughFetch: Way = async ({ fetch, heard, holdings }, { bytes }) => {
  const message = messageIn(filled(bytes, holdings()));
  const begun = performance.now();
  const response = await fetch(requestOf(message, 'ends'));
  const milliseconds = performance.now() - begun;
  // Fetch says nothing of chunks; whether there is a body decides which row of the table holds.
  const framing = message.body.length > 0 || message.isCut ? [['transfer-encoding', 'chunked']] : [];
  const headers = Object.fromEntries([...framing, ...message.headers.map(([name, value]) => [name.toLowerCase(), value])]);
  const request = { url: message.target, method: message.method.toUpperCase(), headers };
  heard.push({ request, settled: Promise.resolve(), milliseconds: () => milliseconds });
  const { status } = response;
  return [{ status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) }];
};

/** The method that the class is given: it has no TRACE. */
const classMethod = (method: string): string => (method === 'TRACE' ? 'OPTIONS' : method);

function messageIn(bytes: string): Message {
  const message = read(bytes);
  if (typeof message === 'string') throw new Error(message);
  return message;
}

function requestOf({ method, target, headers, body, isCut }: Message, connection: 'open' | 'ends'): Request {
  const hasBody = body.length > 0 || isCut;
  const request = new Request('http://registry/', {
    method: classMethod(method),
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(hasBody && { body: streamOf(body, isCut ? connection : 'whole'), duplex: 'half' }),
  });
  const url = target.startsWith('/') ? `http://registry${target}` : target;
  // As it was sent: the class resolves dot segments and has no TRACE, and hosts may make their requests themselves.
  const asSent = { url: { value: url }, ...(method === 'TRACE' && { method: { value: method } }) };
  return Object.defineProperties(request, asSent);
}

/** The bytes, and what follows them. */
function streamOf(bytes: Buffer, end: 'whole' | 'open' | 'ends'): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(new Uint8Array(bytes));
      if (end === 'whole') controller.close();
    },
    pull(controller) {
      if (end === 'ends') controller.error(new Error('the client has left'));
    },
  });
}

/** Reads one request, as every server does; what is wrong with it beyond that is left to the registry. */
function read(bytes: string): Message | Obstacle {
  const unreadable = 'it is not one request of HTTP/1.1 with a host and lines in order';
  const end = bytes.indexOf('\r\n\r\n');
  const [line = '', ...lines] = bytes.slice(0, Math.max(end, 0)).split('\r\n');
  const [, method, target] = /^(\S+) (\S+) HTTP\/1\.1$/.exec(line) ?? [];
  const headers = lines.map((each) => /^([^\s:]+):[ \t]*(.*?)[ \t]*$/s.exec(each) ?? []);
  if (method === undefined || target === undefined || headers.some(([, name]) => name === undefined)) return unreadable;
  const pairs = headers.map(([, name = '', value = '']) => [name, value] as const);
  const firstOf = (wanted: string) => pairs.find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (firstOf('host') === undefined) return unreadable;
  const rest = Buffer.from(bytes.slice(end + 4), 'latin1');
  const coding = firstOf('transfer-encoding');
  const others = pairs.filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
  if (coding === undefined) {
    const isCut = Number(firstOf('content-length') ?? 0) > rest.length;
    return { method, target, headers: pairs, body: rest, isCut };
  }
  const isChunked = coding.toLowerCase() === 'chunked' && others.length === pairs.length - 1;
  const content = isChunked && firstOf('content-length') === undefined ? contentOf(rest) : undefined;
  return content
    ? { method, target, headers: others, ...content }
    : 'its transfer coding is none, or its chunks are broken: the server reads them';
}

/** The content of chunks, whole or cut off; undefined where they are no chunks, or something follows them. */
function contentOf(chunks: Buffer): Pick<Message, 'body' | 'isCut'> | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = chunks.indexOf('\r\n', at);
    const size = chunks.subarray(at, end < 0 ? undefined : end).toString('latin1');
    if (end < 0 && /^[0-9a-f]{0,8}\r?$/i.test(size)) return { body: Buffer.concat(pieces), isCut: true };
    if (!/^[0-9a-f]{1,8}$/i.test(size)) return undefined;
    const from = end + 2;
    const to = from + Number.parseInt(size, 16);
    pieces.push(chunks.subarray(from, to));
    const after = chunks.subarray(to, to + 2).toString('latin1');
    if (after.length < 2 && '\r\n'.startsWith(after)) return { body: Buffer.concat(pieces), isCut: true };
    if (after !== '\r\n') return undefined;
    if (to === from) return to + 2 === chunks.length ? { body: Buffer.concat(pieces), isCut: false } : undefined;
    at = to + 2;
  }
}
