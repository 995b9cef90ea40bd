/**
 * Large bodies over plain HTTP, each over a connection of its own, which the system reads into one block of memory again and again.
 * The parser and the streams of `node:http` allocate and copy each 64 KiB instead, which takes as long as all else of a pull.
 */
import { connect, type Socket } from 'node:net';
import { clearTimeout, setTimeout } from '../../lib/timers.ts';
import type { ByteStream } from './object-calls.ts';

/** A request without a body. */
export interface PlainRequest {
  readonly method: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A reply whose body has as many bytes as its header tells. That of an error has none here. */
export interface PlainReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ByteStream;
}

/** The bytes that are read at once. */
const blockBytes = 512 * 1024;
/** The bytes that the head of a reply may have. */
const mostHeadBytes = 16 * 1024;
/** The size of the pieces where a body is iterated over. */
const pieceBytes = 64 * 1024;
/** How long a store may be silent while bytes of it are awaited, in milliseconds. */
const silenceMs = 4_000;

/** The reply is of another version of HTTP, does not tell the length of the bytes that it has, or is not the last one. */
export class NotPlain extends Error {}

/** Sends a request, and reads the head of the reply. Throws what the connection throws, and {@link NotPlain}. */
export async function requestPlainly(request: PlainRequest): Promise<PlainReply> {
  const connection = new Connection(request);
  try {
    const { statusCode, headers } = await connection.readHead(headOf(request));
    if (statusCode < 200) throw new NotPlain('a reply before the reply');
    const isError = statusCode !== 200 && statusCode !== 206;
    if (isError) connection.close();
    return { statusCode, headers, body: bodyOf(connection, isError ? 0 : lengthOf(headers)) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The length of a body. Throws {@link NotPlain} where a reply does not tell it, or not alone. */
function lengthOf(headers: PlainReply['headers']): number {
  const length = headers['content-length'] ?? '';
  if (!/^\d+$/.test(length) || headers['transfer-encoding'] !== undefined) throw new NotPlain('a reply without its length');
  return Number(length);
}

function headOf({ method, path, headers }: PlainRequest): string {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A connection, whose bytes are taken one block after the other: while one is not taken, the socket is paused. */
class Connection {
  readonly #socket: Socket;
  readonly #block = Buffer.allocUnsafeSlow(blockBytes);
  #start = 0;
  #end = 0;
  #wake = (): void => {};
  #failure: unknown;

  constructor({ hostname, port = 80 }: PlainRequest) {
    const onread = {
      buffer: this.#block,
      callback: (count: number): boolean => {
        this.#start = 0;
        this.#end = count;
        this.#wake();
        return false;
      },
    };
    // An address of IPv6 is in brackets, as in a URL.
    this.#socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port, onread });
    this.#socket
      .on('error', (error) => {
        this.#failure = error;
      })
      .on('end', () => this.#socket.destroy())
      .on('close', () => {
        this.#failure ??= new Error('the store closed the connection');
        this.#wake();
      });
  }

  async readHead(request: string): Promise<Pick<PlainReply, 'statusCode' | 'headers'>> {
    this.#socket.write(request);
    for (let head = Buffer.alloc(0); head.length < mostHeadBytes; ) {
      await this.#filled();
      const before = head.length;
      head = Buffer.concat([head, this.#block.subarray(this.#start, Math.min(this.#end, this.#start + mostHeadBytes))]);
      const length = head.indexOf('\r\n\r\n');
      this.#start = length < 0 ? this.#end : this.#start + length + 4 - before;
      if (length >= 0) return parseHead(head.toString('latin1', 0, length));
    }
    throw new NotPlain('a reply with a long head');
  }

  /** Moves the next bytes into the buffer, which is not empty; says how many. */
  async read(buffer: Uint8Array): Promise<number> {
    await this.#filled();
    const count = Math.min(buffer.length, this.#end - this.#start);
    buffer.set(this.#block.subarray(this.#start, this.#start + count));
    this.#start += count;
    // The next block is read while this one is on its way.
    if (this.#start === this.#end) this.#socket.resume();
    return count;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Waits until there are bytes in the block. */
  async #filled(): Promise<void> {
    while (this.#start === this.#end) {
      if (this.#failure !== undefined) throw this.#failure;
      const timer = setTimeout(() => this.#socket.destroy(new Error('the store is silent')), silenceMs);
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#socket.resume();
      await woken;
      clearTimeout(timer);
    }
  }
}

function parseHead(head: string): Pick<PlainReply, 'statusCode' | 'headers'> {
  const [first = '', ...lines] = head.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw new NotPlain('a reply of another version of HTTP');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new NotPlain('a header that cannot be read');
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return { statusCode: Number(status), headers };
}

/** The next bytes of a connection as a body, which is read once. */
function bodyOf(connection: Connection, length: number): ByteStream {
  let left = length;
  const readInto = async (buffer: Uint8Array): Promise<number> => {
    if (left === 0) return 0;
    const count = await connection.read(buffer.subarray(0, left));
    left -= count;
    return count;
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      while (left > 0) {
        const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, left));
        yield piece.subarray(0, await readInto(piece));
      }
    } finally {
      connection.close();
    }
  }
  return { [Symbol.asyncIterator]: pieces, readInto, destroy: () => connection.close() };
}
