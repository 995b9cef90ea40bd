/**
 * The body of a request of `node:http`. Each piece is taken (checked, hashed) as it arrives; the reader pulls batches of them, so
 * that steps are few, and while it is busy more may arrive, up to a limit at which the socket is paused.
 */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { RegistryError } from '../../api/errors.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { free } from './free.ts';
import { idleTimer } from './idle.ts';
import type { Reading } from './request.ts';
import { Turn } from './turns.ts';

/** How many bytes may wait for their readers in the whole process, and for each: a client beyond that is slowed down. */
const budgetBytes = 8 * 1024 * 1024;
/** More than this leaves the caches of the processor between hash and write. */
const mostWaitingBytes = 512 * 1024;
const leastWaitingBytes = 128 * 1024;
/** A reader gets a quarter of what may wait at once, so that more arrives while it writes; but not less than this. */
const smallestBatchBytes = 64 * 1024;

/** What came before a pause of the client is given to the reader, however little it is, so that a driver can store it. */
const lullMs = 100;

/** What a buffer costs beside its bytes. */
const overheadBytes = 512;
/** A smaller buffer is a crumb: it costs more than its bytes, and an entry in a system call. */
const crumbBytes = 4 * 1024;
/** So many buffers may wait before the crumbs among them are joined. */
const mostLoose = 64;

/** A body that may be larger waits for its turn. */
const smallBytes = 64 * 1024;

/** How many bodies are being read. */
let readers = 0;

/** How many bytes may wait for one reader now. */
const waitingLimit = (): number => Math.min(mostWaitingBytes, Math.max(leastWaitingBytes, budgetBytes / readers));

export class NodeBody implements Body {
  /** How many bytes were read so far. */
  received = 0;
  wasLost = false;
  #interrupted = false;
  /** Whether all pieces were made for this body alone, and nobody else was given one. */
  #isSole: boolean;
  #wake = (): void => {};

  constructor(
    private readonly request: IncomingMessage,
    readonly length: number | undefined,
    private readonly reading: Pick<Reading, 'expectation' | 'bodyIdle' | 'advise'>,
  ) {
    this.#isSole = isOfParser(request);
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#wake();
  }

  release(pieces: readonly Uint8Array[]): void {
    if (this.#isSole) free(pieces);
  }

  async *read(take: (piece: Uint8Array) => void = () => {}): AsyncGenerator<readonly Uint8Array[]> {
    const { request, length } = this;
    const { expectation, bodyIdle } = this.reading;
    if (isTouched(request) && length !== 0) {
      const bytes = this.#consumed();
      take(bytes);
      return yield [bytes];
    }
    const isOver = (): boolean => request.readableEnded || request.destroyed || this.#interrupted;
    const turn = await this.#takeTurn();
    if (length !== 0 && !isOver()) expectation?.sendContinue();
    this.#isSole &&= request.listenerCount('data') + request.listenerCount('readable') === 0;
    const idle = idleTimer(bodyIdle, () => request.destroy());
    let waiting: Uint8Array[] = [];
    let weight = 0;
    /** How many pieces came since crumbs were joined. */
    let loose = 0;
    let isDue = false;
    let isCutShort = false;
    let refusal: { readonly error: unknown } | undefined;
    const lull = idleTimer(lullMs, () => {
      isDue = true;
      this.#wake();
    });
    const isReady = (): boolean => isDue || weight >= Math.max(waitingLimit() / 4, smallestBatchBytes);
    const onData = (piece: Uint8Array): void => {
      // Nothing that is not handed over may have been taken.
      if (this.#interrupted || refusal) {
        isCutShort = true;
        return;
      }
      idle.restart();
      this.#isSole &&= request.listenerCount('data') === 1 && request.listenerCount('readable') === 0;
      try {
        take(piece);
      } catch (error) {
        refusal = { error };
        this.#wake();
        return;
      }
      this.received += piece.length;
      waiting.push(piece);
      weight += piece.length + overheadBytes;
      if (++loose >= mostLoose) {
        loose = 0;
        weight -= overheadBytes * joinCrumbs(waiting);
      }
      lull.restart();
      if (weight >= waitingLimit()) {
        request.pause();
        idle.rest();
      }
      if (isReady()) this.#wake();
    };
    const onEnd = (): void => {
      idle.rest();
      this.#wake();
    };
    readers++;
    request.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
    try {
      if (!isOver()) idle.restart();
      // A host may have paused it.
      request.resume();
      for (;;) {
        if (refusal) throw refusal.error;
        if (isReady() || (weight > 0 && isOver())) {
          const batch = waiting;
          waiting = [];
          weight = 0;
          loose = 0;
          isDue = false;
          lull.rest();
          if (request.isPaused() && !isOver()) {
            request.resume();
            idle.restart();
          }
          yield batch;
        } else if (request.readableEnded && !isCutShort) return;
        else if (isOver()) {
          this.wasLost = !this.#interrupted;
          throw new BodyBroken();
        } else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      readers--;
      turn?.end();
      idle.stop();
      lull.stop();
      request.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      request.pause();
    }
  }

  /** Waits for a turn, unless the body is small, until the client leaves or the body is interrupted. */
  async #takeTurn(): Promise<Turn | undefined> {
    const { request, length } = this;
    if (length !== undefined && length <= smallBytes) return undefined;
    const turn = new Turn();
    const leave = (): void => turn.end();
    this.#wake = leave;
    request.once('close', leave);
    await turn.begun;
    request.off('close', leave);
    return turn;
  }

  /** What a body parser of the host left of a body that it has read. Its bytes will do; parsed or cut short, they are gone. */
  #consumed(): Uint8Array {
    const { readableEnded, destroyed, body } = this.request as IncomingMessage & { readonly body?: unknown };
    if (destroyed && !readableEnded) {
      this.wasLost = true;
      throw new BodyBroken();
    }
    if (!readableEnded) throw this.#tooLate('read a part of the body');
    if (typeof body !== 'string' && !(body instanceof Uint8Array || Buffer.isBuffer(body)))
      throw this.#tooLate('consumed the body');
    const bytes = Buffer.from(body);
    if (this.length !== undefined && bytes.length !== this.length) throw this.#tooLate('changed the body');
    this.received = bytes.length;
    return bytes;
  }

  /** The client may read the message: the person who sees it first is the one who mounts the registry. */
  #tooLate(what: string): RegistryError {
    const message = `a body parser ran before the registry and ${what}: mount the registry before it, or keep it from /v2`;
    this.reading.advise({ setting: 'body parser', message, isVital: true });
    return new RegistryError('UNKNOWN', { message });
  }
}

/** Whether something else has begun to read. */
const isTouched = (request: IncomingMessage): boolean => request.readableDidRead || request.readableEnded;

/**
 * Whether the pieces of its body are made by the parser of Node, one by one. What a host pushes into a request of its own making may be in use
 * still; and one that replaces a method may see the pieces pass, and keep them.
 */
const isOfParser = (request: IncomingMessage): boolean =>
  request instanceof IncomingMessage &&
  request.socket instanceof Socket &&
  request.socket.bytesRead > 0 &&
  request.push === Readable.prototype.push &&
  request.emit === Readable.prototype.emit &&
  request.on === Readable.prototype.on;

/** Joins the crumbs at the end of the pieces, in a copy of them; gives by how many the pieces are fewer. */
function joinCrumbs(pieces: Uint8Array[]): number {
  const first = pieces.findLastIndex(({ length }) => length >= crumbBytes) + 1;
  const count = pieces.length - first;
  if (count < 2) return 0;
  pieces.push(Buffer.concat(pieces.splice(first)));
  return count - 1;
}
