/** The body of a request of `node:http`, pulled: the socket is paused while the reader is busy. */
import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../../api/errors.ts';
import { setImmediate } from '../../timers.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { idleTimer } from './idle.ts';
import type { Reading } from './request.ts';

/** How many bytes wait for a reader before the client is slowed down. */
const highWaterMark = 64 * 1024;

/** A client that sends its body in crumbs must not cost a buffer for each. */
const manyPieces = 64;

export class NodeBody implements Body {
  /** How many bytes were read so far. */
  received = 0;
  wasLost = false;
  #interrupted = false;
  #wake = (): void => {};

  constructor(
    private readonly request: IncomingMessage,
    readonly length: number | undefined,
    private readonly reading: Pick<Reading, 'expectation' | 'bodyIdle' | 'advise'>,
  ) {}

  interrupt(): void {
    this.#interrupted = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<readonly Uint8Array[]> {
    const { request, length } = this;
    const { expectation, bodyIdle } = this.reading;
    if (isTouched(request) && length !== 0) return yield [this.#consumed()];
    if (length !== 0) expectation?.sendContinue();
    let waiting: Uint8Array[] = [];
    let bytes = 0;
    const onData = (piece: Uint8Array): void => {
      waiting.push(piece);
      bytes += piece.length;
      if (bytes >= highWaterMark) request.pause();
      this.#wake();
    };
    const onEnd = (): void => this.#wake();
    const idle = idleTimer(bodyIdle, () => request.destroy());
    request.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd);
    try {
      for (;;) {
        const batch = waiting;
        if (batch.length > 0) {
          this.received += bytes;
          waiting = [];
          bytes = 0;
          yield batch.length > manyPieces ? [Buffer.concat(batch)] : batch;
          if (this.#interrupted) throw new BodyBroken();
        } else if (request.readableEnded) return;
        else if (this.#interrupted || request.destroyed) {
          this.wasLost = !this.#interrupted;
          throw new BodyBroken();
        } else {
          const arrival = new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          request.resume();
          await idle.during(arrival);
          // One turn of the event loop, so that all pieces of one socket read become one batch, and one write.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    } finally {
      idle.stop();
      request.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      request.pause();
    }
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
