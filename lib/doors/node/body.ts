/** The body of a request of `node:http`. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { RegistryError } from '../../api/errors.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { Inflow, type Source } from '../inflow.ts';
import { free } from './free.ts';
import type { Reading } from './request.ts';

export class NodeBody implements Body {
  readonly #source: NodeSource;
  readonly #inflow: Inflow;

  constructor(
    private readonly request: IncomingMessage,
    readonly length: number | undefined,
    private readonly reading: Pick<Reading, 'expectation' | 'pace' | 'advise'>,
  ) {
    this.#source = new NodeSource(request);
    this.#inflow = new Inflow(this.#source, length, reading.pace);
  }

  /** How many bytes were read so far. */
  get received(): number {
    return this.#inflow.received;
  }

  get wasLost(): boolean {
    return this.#inflow.wasLost;
  }

  interrupt(): void {
    this.#inflow.interrupt();
  }

  release(pieces: readonly Uint8Array[]): void {
    if (this.#source.isSole) free(pieces);
  }

  read(take: (piece: Uint8Array) => void = () => {}): AsyncGenerator<readonly Uint8Array[]> {
    if (isTouched(this.request) && this.length !== 0) return this.#readConsumed(take);
    return this.#inflow.read(take, () => this.reading.expectation?.sendContinue());
  }

  async *#readConsumed(take: (piece: Uint8Array) => void): AsyncGenerator<readonly Uint8Array[]> {
    const bytes = this.#consumed();
    take(bytes);
    yield [bytes];
  }

  /** What a body parser of the host left of a body that it has read. Its bytes will do; parsed or cut short, they are gone. */
  #consumed(): Uint8Array {
    const { readableEnded, destroyed, body } = this.request as IncomingMessage & { readonly body?: unknown };
    if (destroyed && !readableEnded) {
      this.#inflow.wasLost = true;
      throw new BodyBroken();
    }
    if (!readableEnded) throw this.#tooLate('read a part of the body');
    if (typeof body !== 'string' && !(body instanceof Uint8Array || Buffer.isBuffer(body)))
      throw this.#tooLate('consumed the body');
    const bytes = Buffer.from(body);
    if (this.length !== undefined && bytes.length !== this.length) throw this.#tooLate('changed the body');
    this.#inflow.received = bytes.length;
    return bytes;
  }

  /** The client may read the message: the person who sees it first is the one who mounts the registry. */
  #tooLate(what: string): RegistryError {
    const message = `a body parser ran before the registry and ${what}: mount the registry before it, or keep it from /v2`;
    this.reading.advise({ setting: 'body parser', message, isVital: true });
    return new RegistryError('UNKNOWN', { message });
  }
}

/** The stream of a request as a source. */
class NodeSource implements Source {
  /** Whether all pieces were made for this body alone, and nobody else was given one. */
  isSole: boolean;

  constructor(private readonly request: IncomingMessage) {
    this.isSole = isOfParser(request);
  }

  get end(): Source['end'] {
    const { readableEnded, destroyed } = this.request;
    return readableEnded ? 'whole' : destroyed ? 'broken' : undefined;
  }

  watch(ended: () => void): () => void {
    const { request } = this;
    request.on('end', ended).on('close', ended).on('error', ended);
    return () => void request.off('end', ended).off('close', ended).off('error', ended);
  }

  flow(give: (piece: Uint8Array) => void): () => void {
    const { request } = this;
    this.isSole &&= request.listenerCount('data') + request.listenerCount('readable') === 0;
    const onData = (piece: Uint8Array): void => {
      this.isSole &&= request.listenerCount('data') === 1 && request.listenerCount('readable') === 0;
      give(piece);
    };
    // A host may have paused it.
    request.on('data', onData).resume();
    return () => void request.off('data', onData).pause();
  }

  pause(): void {
    this.request.pause();
  }

  resume(): void {
    this.request.resume();
  }

  destroy(): void {
    this.request.destroy();
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
