/** The body of a `Request`. */
import { RegistryError } from '../../api/errors.ts';
import type { Advise } from '../../options/advice.ts';
import { nextTurn } from '../../timers.ts';
import { type Body, BodyBroken } from '../../uploads/body.ts';
import { Inflow, type Pace, type Source } from '../inflow.ts';

const readBefore = 'the body was read before the registry got its request: hand over a request that nobody has read';

/** So many pieces are read before others have their turn. */
const piecesInATurn = 256;

/** What a body is read with. */
export interface BodyReading {
  readonly pace: Pace;
  readonly advise: Advise;
}

export class FetchBody implements Body {
  readonly #source: StreamSource;
  readonly #inflow: Inflow;

  readonly #stream: ReadableStream<Uint8Array> | null;
  readonly #wasRead: boolean;

  constructor(
    { body, bodyUsed }: Request,
    readonly length: number | undefined,
    private readonly reading: BodyReading,
  ) {
    this.#stream = body;
    this.#wasRead = bodyUsed;
    this.#source = new StreamSource(body, length);
    this.#inflow = new Inflow(this.#source, length, reading.pace, true);
  }

  /** How many bytes were read so far. */
  get received(): number {
    return this.#inflow.received;
  }

  /** Whether it stood still for too long. */
  get wasIdle(): boolean {
    return this.#source.wasIdle;
  }

  get wasLost(): boolean {
    return this.#inflow.wasLost;
  }

  interrupt(): void {
    this.#inflow.interrupt();
  }

  /** Nothing more will come. */
  cut(): void {
    this.#source.finish('broken');
  }

  /** Cancels what nobody has read. A host may break the connection then, so the reply has to have left before. */
  cancel(): void {
    if (!this.#stream || this.#stream.locked || this.#source.end === 'whole') return;
    void this.#stream.cancel().catch(() => {
      // A stream that is broken has nothing to cancel.
    });
  }

  async *read(take: (piece: Uint8Array) => void = () => {}): AsyncGenerator<readonly Uint8Array[]> {
    if (this.#wasRead || this.#stream?.locked) throw this.#tooLate();
    try {
      yield* this.#inflow.read(take, () => {});
    } catch (error) {
      throw (error instanceof BodyBroken && this.#source.flaw) || error;
    }
  }

  /** The client may read the message: the person who sees it first is the one who mounts the registry. */
  #tooLate(): RegistryError {
    this.reading.advise({ setting: 'body', message: readBefore, isVital: true });
    return new RegistryError('UNKNOWN', { message: readBefore });
  }
}

/** The stream of a request as a source. */
class StreamSource implements Source {
  end: Source['end'];
  wasIdle = false;
  /** Why the body is not what was announced. */
  flaw: RegistryError | undefined;
  #received = 0;
  #ended = (): void => {};
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #held: Promise<void> | undefined;
  #release = (): void => {};

  constructor(
    private readonly body: ReadableStream<Uint8Array> | null,
    private readonly length: number | undefined,
  ) {}

  watch(ended: () => void): () => void {
    this.#ended = ended;
    return () => {
      this.#ended = () => {};
    };
  }

  flow(give: (piece: Uint8Array) => void): () => void {
    const { body } = this;
    if (!body) this.finish('whole');
    if (!body || this.end) return () => {};
    // Another one got to it while this one waited for its turn.
    if (body.locked) {
      this.#refuse(readBefore);
      return () => {};
    }
    this.#reader = body.getReader();
    void this.#read(this.#reader, give);
    return () => this.#stop();
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, give: (piece: Uint8Array) => void): Promise<void> {
    try {
      for (let pieces = 1; !this.end; pieces++) {
        const { done, value } = await reader.read();
        if (this.end) return;
        const piece = done ? empty : bytesOf(value);
        if (!piece) return this.#refuse('the stream of the body gives something that is no Uint8Array');
        this.#received += piece.length;
        if (!this.#isAsAnnounced(done))
          return this.#refuse(`the body has not the length that the request announces: ${this.length} bytes`);
        if (done) return this.finish('whole');
        // No bytes are no sign of a client that moves.
        if (piece.length > 0) give(piece);
        if (this.#held) await this.#held;
        // What is there already is read without a turn of the event loop, however long that takes.
        if (pieces % piecesInATurn === 0) await nextTurn();
      }
    } catch {
      // The stream of a client that left.
      this.finish('broken');
    }
  }

  #isAsAnnounced(isWhole: boolean): boolean {
    const { length = this.#received } = this;
    return isWhole ? this.#received === length : this.#received <= length;
  }

  /** A parser of HTTP would not let this happen; a request that was made in the process, or a host in between, may. */
  #refuse(message: string): void {
    this.flaw = new RegistryError('UNSUPPORTED', { status: 400, message, detail: { reason: 'framing' } });
    this.finish('broken');
  }

  finish(end: 'whole' | 'broken'): void {
    if (this.end) return;
    this.end = end;
    this.#ended();
  }

  /** Nothing is cancelled: a host may break the connection of a request whose body is, and with it the reply. */
  #stop(): void {
    this.end ??= 'broken';
    this.resume();
    this.#reader?.releaseLock();
  }

  pause(): void {
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  resume(): void {
    this.#release();
    this.#held = undefined;
  }

  destroy(): void {
    this.wasIdle = true;
    this.finish('broken');
  }
}

const empty = new Uint8Array();

/** A piece of a body as bytes. The types promise them; what a host makes of a stream may be something else. */
function bytesOf(piece: unknown): Uint8Array | undefined {
  if (piece instanceof Uint8Array) return piece;
  return ArrayBuffer.isView(piece) ? new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength) : undefined;
}
