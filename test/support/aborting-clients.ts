/** Clients that go away in the middle, and what a process holds before and after. */
import { readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { locationOf, send } from './client.ts';
import type { Registry } from './hostile/registry.ts';
import { contentOf, type Random } from './random.ts';
import { dial } from './socket.ts';
import { ask } from './uploads.ts';

/** How a client leaves: with a reset, with an orderly end, or without a word, its connection open and silent. */
export type Leaving = 'reset' | 'end' | 'silence';

/** What a process holds. */
export interface Holding {
  readonly descriptors: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly listeners: number;
  /**
   * Of memory that is in use, on the heap and in buffers. The size of the process says little: what buffers of many sizes
   * leave behind in it is used again, and not given back.
   */
  readonly bytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process holds now. */
export function held({ server }: Registry): Holding {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // Timers of the tests themselves come and go.
    if (!/^(?:Timeout|Immediate|CloseReq)$/.test(kind)) resources[kind] = (resources[kind] ?? 0) + 1;
  }
  const emitters = [server, process];
  const listeners = emitters.flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name as string)));
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    resources,
    listeners: listeners.reduce((sum, count) => sum + count, 0),
    bytes: heapUsed + external,
  };
}

/** What a session may be in the middle of: the head of its request, whose body is `length` bytes of `name`. */
interface Beginning {
  readonly head: string;
  readonly body: Buffer;
}

/** A client that left: its end of the connection, and the path of the upload that it began, if any. */
export interface Left {
  readonly socket: Socket;
  readonly upload?: string | undefined;
}

/** Begins to push and leaves at some byte of the request. */
export async function leaveWhilePushing(registry: Registry, name: string, random: Random, leaving: Leaving): Promise<Left> {
  const size = random.between(1, random.chance(0.3) ? 400_000 : 20_000);
  const body = contentOf(name, size);
  const kinds = ['PATCH', 'PATCH', 'PUT', 'POST', 'manifest', 'PATCH in chunks'] as const;
  const kind = kinds[random.between(0, kinds.length - 1)] ?? 'PATCH';
  const upload = kind === 'POST' || kind === 'manifest' ? undefined : await begin(registry.origin);
  const { head } = beginningOf(kind, upload ?? '', body);
  const bytes = Buffer.concat([Buffer.from(head), body]);
  const most = random.chance(0.2) ? head.length : bytes.length - 1;
  const wire = await dial(registry.port);
  const cut = random.between(1, most);
  for (let at = 0; at < cut; at += 100_000) wire.send(bytes.subarray(at, Math.min(at + 100_000, cut)));
  await sleep(random.between(0, 5));
  await leave(wire.socket, leaving);
  return { socket: wire.socket, upload };
}

function beginningOf(kind: string, upload: string, body: Buffer): Beginning {
  const length = `Content-Length: ${body.length}`;
  const zeros = '0'.repeat(64);
  const [line, framing] = {
    PATCH: [`PATCH ${upload}`, length],
    PUT: [`PUT ${upload}?digest=sha256:${zeros}`, length],
    POST: [`POST /v2/library/sample/blobs/uploads/?digest=sha256:${zeros}`, length],
    manifest: ['PUT /v2/library/sample/manifests/left', length],
    'PATCH in chunks': [`PATCH ${upload}`, 'Transfer-Encoding: chunked'],
  }[kind] ?? ['', ''];
  const chunk = kind === 'PATCH in chunks' ? `${(body.length + 1).toString(16)}\r\n` : '';
  return { head: `${line} HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n${chunk}`, body };
}

/** Begins to pull and leaves at some byte of the answer. */
export async function leaveWhilePulling(
  registry: Registry,
  path: string,
  size: number,
  random: Random,
  leaving: Leaving,
): Promise<Left> {
  const wire = await dial(registry.port);
  const cut = random.chance(0.3) ? random.between(0, 500) : random.between(0, size);
  let taken = 0;
  const enough = new Promise<void>((resolve) => {
    wire.socket.on('data', (piece: Buffer) => {
      taken += piece.length;
      if (taken < cut) return;
      wire.socket.pause();
      resolve();
    });
    wire.socket.on('close', () => resolve());
  });
  wire.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(random.chance(0.2) ? 3 : 1));
  if (cut > 0) await enough;
  await leave(wire.socket, leaving);
  return { socket: wire.socket };
}

async function leave(socket: Socket, leaving: Leaving): Promise<void> {
  if (leaving === 'reset') socket.resetAndDestroy();
  else if (leaving === 'end') socket.end(() => socket.resume());
  else socket.pause();
}

async function begin(origin: string): Promise<string> {
  return locationOf(await send(origin, { method: 'POST', path: '/v2/library/sample/blobs/uploads/' })).replace(/\?.*/, '');
}

/** How many bytes an upload says that it has; undefined if it is gone. */
export async function standing(origin: string, upload: string): Promise<number | undefined> {
  const { status, offset } = await ask(origin, 'GET', upload);
  return status === 204 ? offset : undefined;
}
