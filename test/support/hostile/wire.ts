/** A connection to a server on which anything can be sent, and answers as they come, read as strictly as any client reads them. */
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
export interface Wire {
  readonly socket: Socket;
  /** Bytes as they are; of text, each character is one byte. */
  send(bytes: string | Uint8Array): void;
  /** The next answer; undefined if the connection ended before it was whole. Throws if neither comes in time. */
  answer(about: { readonly head?: boolean; readonly milliseconds: number }): Promise<Answer | undefined>;
  /** Whether the server ended the connection, now or in time. */
  ends(milliseconds: number): Promise<boolean>;
  /** What came and is no part of any answer so far. */
  rest(): Buffer;
}

/** Connects; the socket's errors are told as its end. */
export async function dial(port: number): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  let received = Buffer.alloc(0);
  let over = false;
  let wake = (): void => {};
  const end = (): void => {
    over = true;
    wake();
  };
  socket.on('error', () => {});
  socket.on('end', end).on('close', end);
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    wake();
  });
  await once(socket, 'connect');

  const until = async <T>(found: () => T | undefined, milliseconds: number): Promise<T | undefined> => {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const value = found();
      if (value !== undefined || over) return value;
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`nothing came within ${milliseconds} ms after ${JSON.stringify(String(received).slice(0, 200))}`);
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
    const cut = received.indexOf('\r\n\r\n');
    if (cut < 0) return undefined;
    const answer = readHead(received.subarray(0, cut).toString('latin1'));
    const { status, headers } = answer;
    if (status >= 100 && status < 200) {
      received = received.subarray(cut + 4);
      return take(head);
    }
    if (headers['transfer-encoding'] === 'chunked' && !head) {
      const [body, end] = unchunk(received.subarray(cut + 4)) ?? [];
      if (body === undefined || end === undefined) return undefined;
      received = received.subarray(cut + 4 + end);
      return { ...answer, body };
    }
    const bodiless = head || status === 204 || status === 304;
    const length = bodiless ? 0 : headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    if (length === undefined && !over) return undefined;
    const end = length === undefined ? received.length : cut + 4 + length;
    if (received.length < end) return undefined;
    const body = received.subarray(cut + 4, end);
    received = received.subarray(end);
    return { ...answer, body };
  };

  return {
    socket,
    send: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    },
    answer: async ({ head = false, milliseconds }) => {
      const found = await until(() => take(head), milliseconds);
      return found ?? take(head);
    },
    ends: async (milliseconds) => {
      await until(() => undefined, milliseconds).catch(() => undefined);
      return over;
    },
    rest: () => received,
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
