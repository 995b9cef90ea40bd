/** A raw connection, on which anything can be sent; what comes back is read as strictly as any client reads it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer. */
export interface Answer {
  readonly status: number;
  /** Names in lower case, values as they came; the values of repeated names are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A connection. */
export interface Connection {
  readonly socket: Socket;
  /** Bytes as they are; of text, each character is one byte. */
  send(bytes: string | Uint8Array): void;
  /** The next answer; undefined if the connection ended before it was whole. Throws if neither comes in time. */
  answer(about: { readonly head?: boolean; readonly milliseconds: number }): Promise<Answer | undefined>;
  /** Whether the server ended the connection, now or in time. */
  ends(milliseconds: number): Promise<boolean>;
  /** What came and is no part of any answer so far. */
  rest(): Buffer;
  /** The statuses of all replies in `rest`, also of those that are not whole. */
  statuses(): number[];
  /** The same, once there are so many, the connection has ended, or the time is over. */
  replies(count: number, milliseconds?: number): Promise<number[]>;
}

/** Connects to a port of 127.0.0.1, or to that of a URL. Errors of the socket are told as its end: tests that write by hand are about them. */
export async function connectTo(
  at: number | string,
  options: { readonly allowHalfOpen?: boolean; readonly noDelay?: boolean } = {},
): Promise<Socket> {
  const port = typeof at === 'string' ? Number(new URL(at).port) : at;
  const socket = connect({ port, host: '127.0.0.1', ...options });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/**
 * Resolves when a connection is closed, which has to be within five seconds. A reset is an end like any other: `once(socket, 'close')` would
 * reject where it comes first, and whether it does is up to the system.
 */
export async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (socket.closed) return;
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the connection stays open')), 5_000);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
  });
}

/** Connects, and reads whatever comes. */
export async function dial(at: number | string): Promise<Connection> {
  const socket = await connectTo(at, { allowHalfOpen: true, noDelay: true });
  const pieces: Buffer[] = [];
  let received: Buffer = Buffer.alloc(0);
  let over = false;
  let wake = (): void => {};
  const end = (): void => {
    over = true;
    wake();
  };
  socket.on('end', end).on('close', end);
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    wake();
  });

  const rest = (): Buffer => {
    if (pieces.length > 0) received = Buffer.concat([received, ...pieces.splice(0)]);
    return received;
  };
  const drop = (bytes: number): void => {
    received = rest().subarray(bytes);
  };
  const statuses = (): number[] =>
    [
      ...rest()
        .toString('latin1')
        .matchAll(/HTTP\/1\.1 (\d+) /g),
    ].map(([, status]) => Number(status));

  /** What is found once there is something; undefined if the connection ended, or the time is over. */
  const until = async <T>(found: () => T | undefined, milliseconds: number): Promise<T | undefined> => {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const value = found();
      const left = deadline - Date.now();
      if (value !== undefined || over || left <= 0) return value;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };

  const take = (head: boolean): Answer | undefined => {
    const received = rest();
    const cut = received.indexOf('\r\n\r\n');
    if (cut < 0) return undefined;
    const answer = readHead(received.subarray(0, cut).toString('latin1'));
    const { status, headers } = answer;
    if (status >= 100 && status < 200) {
      drop(cut + 4);
      return take(head);
    }
    if (headers['transfer-encoding'] === 'chunked' && !head) {
      const [body, end] = unchunk(received.subarray(cut + 4)) ?? [];
      if (body === undefined || end === undefined) return undefined;
      drop(cut + 4 + end);
      return { ...answer, body };
    }
    const bodiless = head || status === 204 || status === 304;
    const length = bodiless ? 0 : headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    if (length === undefined && !over) return undefined;
    const end = length === undefined ? received.length : cut + 4 + length;
    if (received.length < end) return undefined;
    const body = received.subarray(cut + 4, end);
    drop(end);
    return { ...answer, body };
  };

  return {
    socket,
    send: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    },
    answer: async ({ head = false, milliseconds }) => {
      const found = (await until(() => take(head), milliseconds)) ?? take(head);
      if (found === undefined && !over)
        throw new Error(`nothing came within ${milliseconds} ms after ${JSON.stringify(String(rest()).slice(0, 200))}`);
      return found;
    },
    ends: async (milliseconds) => {
      await until(() => undefined, milliseconds);
      return over;
    },
    rest,
    statuses,
    replies: async (count, milliseconds = 3_000) => {
      await until(() => (statuses().length >= count ? true : undefined), milliseconds);
      return statuses();
    },
  };
}

/** The content of chunks, and where they end; undefined before that has come. */
function unchunk(bytes: Buffer): readonly [content: Buffer, end: number] | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const length = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    at = line + 2 + length + 2;
    if (!(at <= bytes.length)) return undefined;
    if (length === 0) return [Buffer.concat(pieces), at];
    pieces.push(bytes.subarray(line + 2, line + 2 + length));
  }
}

function readHead(text: string): Omit<Answer, 'body'> {
  const [line = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(line) ?? [];
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(line)}`);
  const headers: Record<string, string> = {};
  for (const each of lines) {
    const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~]*)$/.exec(each) ?? [];
    if (name === undefined) throw new Error(`no header: ${JSON.stringify(each)}`);
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return { status: Number(status), headers };
}
