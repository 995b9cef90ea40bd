/** Replies as a `Response`, whose body is read from the storage at the pace at which it is taken. */
import type { HeaderLines } from '../../api/errors.ts';
import { type ByteReader, type ByteStream, StorageFault } from '../../driver.ts';
import type { Outgoing } from '../../reply.ts';
import { type IdleTimer, idleTimer } from '../idle.ts';
import { readInto } from '../read-into.ts';

/** How much is read at once, in bytes. */
const pieceBytes = 256 * 1024;

/**
 * A reply whose body is in memory if it fits into one piece: some hosts tell the length of no stream, and a storage that fails can then be
 * told to the client. Throws what the storage throws.
 */
export async function gathered(reply: Outgoing): Promise<Outgoing> {
  const { body } = reply;
  const size = sizeOf(reply);
  if (body === undefined || ArrayBuffer.isView(body) || size > pieceBytes) return reply;
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(body, size)) pieces.push(piece);
  return { ...reply, body: Buffer.concat(pieces) };
}

/** The body of one reply, and how its sending went. */
export class Outflow {
  /** How many bytes of the body were handed over. */
  sent = 0;
  /** Whether all of it was handed over. */
  isComplete = false;
  /** The status that was sent, if it is not that of the reply. */
  status: number | undefined;
  /** What broke the body off, if the storage did. */
  fault: unknown;
  /** Resolves when nothing is handed over any longer, and nothing is open. */
  readonly ended: Promise<void>;
  #end = (): void => {};
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  #hasBegun = false;
  #isCut = false;
  #isOver = false;
  readonly #idle: IdleTimer;

  /** `responseIdle`: how long the host may leave the body unread, in milliseconds; 0 for ever. */
  constructor(responseIdle: number) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#idle = idleTimer(responseIdle, () => this.cut());
  }

  /** The response that sends a reply, with the id of the request: one without words where a host's own headers cannot be sent. */
  respond({ headers, ...reply }: Outgoing, requestId: string): Response {
    try {
      return this.#respond({ ...reply, headers: { ...headers, 'X-Request-Id': requestId } });
    } catch (error) {
      this.fault = error;
      this.status = 500;
      void this.#finish();
      return new Response(null, { status: this.status });
    }
  }

  #respond(reply: Outgoing): Response {
    const { status, headers, body } = reply;
    if (body === undefined || ArrayBuffer.isView(body)) {
      const response = new Response((body as Uint8Array<ArrayBuffer> | undefined) ?? null, { status, headers: linesOf(headers) });
      this.sent = body?.length ?? 0;
      this.isComplete = true;
      void this.#finish();
      return response;
    }
    this.#pieces = piecesOf(body, sizeOf(reply));
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#stream = controller;
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#finish(),
    });
    if (this.#isCut) this.cut();
    return new Response(stream, { status, headers: linesOf(headers) });
  }

  /** Breaks the body off, so that nobody takes a part of it for the whole. */
  cut(): void {
    this.#isCut = true;
    if (!this.#stream || this.#isOver) return;
    this.#stream.error(new Error('the registry broke the response off'));
    void this.#finish();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    this.#idle.rest();
    this.#hasBegun = true;
    try {
      const { done, value } = (await this.#pieces?.next()) ?? { done: true };
      if (this.#isOver) return;
      if (!done) {
        this.sent += value.length;
        controller.enqueue(value as Uint8Array<ArrayBuffer>);
        this.#idle.restart();
        return;
      }
      controller.close();
      this.isComplete = true;
      await this.#finish();
    } catch (error) {
      this.fault = error;
      this.cut();
    }
  }

  async #finish(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#idle.stop();
    try {
      // A generator that never began would not clear up after itself.
      if (!this.#hasBegun) await this.#pieces?.next();
      await this.#pieces?.return?.();
    } catch (error) {
      this.fault ??= error;
    }
    this.#end();
  }
}

/** Headers as fetch takes them: one that has several lines comes several times. */
const linesOf = (headers: HeaderLines): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]) => [value].flat().map((line): [string, string] => [name, line]));

const sizeOf = ({ headers }: Outgoing): number => Number(headers['Content-Length']);

/** The pieces of a body, in memory that nobody else has: who takes them may write to it. Throws where they are not `size` bytes. */
async function* piecesOf(body: ByteStream, size: number): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const piece of body.reader ? readFrom(body.reader(), size) : copiesOf(body)) {
    sum += piece.length;
    if (sum > size) break;
    yield piece;
  }
  if (sum !== size) throw new StorageFault('broken', `a body of ${size} bytes gave ${sum > size ? 'at least ' : ''}${sum}`);
}

async function* readFrom(reader: ByteReader, size: number): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const block = Buffer.allocUnsafeSlow(Math.min(size + 1, pieceBytes));
      const count = await fill(block, reader);
      if (count > 0) yield block.subarray(0, count);
      if (count < block.length) return;
    }
  } finally {
    await reader.close();
  }
}

/** Reads until a block is full, however little each read brings; gives how many bytes came before the end. */
async function fill(block: Uint8Array, reader: ByteReader): Promise<number> {
  let filled = 0;
  while (filled < block.length) {
    const count = await readInto(reader, block.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

async function* copiesOf(body: ByteStream): AsyncGenerator<Uint8Array> {
  for await (const piece of body) yield new Uint8Array(piece);
}
