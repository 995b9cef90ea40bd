/**
 * The bytes of a body on their way to their reader. Each piece is taken (checked, hashed) as it arrives; the reader pulls batches of
 * them, so that steps are few, and while it is busy more may arrive, up to a limit at which the source is paused.
 */
import type { Settings } from '../options.ts';
import { BodyBroken } from '../uploads/body.ts';
import { idleTimer } from './idle.ts';
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

/** How slowly a body may come. */
export interface Pace {
  /** How long the source may stand still, in milliseconds; 0 for ever. */
  readonly idle: number;
  /** So many bytes have to come within that time; with 1, any that come will do. */
  readonly bytes: number;
}

/** The pace that a registry asks for. */
export const paceOf = ({ timeouts, limits }: Pick<Settings, 'timeouts' | 'limits'>): Pace => ({
  idle: timeouts.bodyIdle,
  bytes: Math.max(1, (limits.bodyBytesPerSecond * timeouts.bodyIdle) / 1000),
});

/** Where the bytes of a body come from. */
export interface Source {
  /** Whether all of them have come, or no more will; undefined while more may. */
  readonly end: 'whole' | 'broken' | undefined;
  /** Calls back when `end` is there, until the function that it gives is called. */
  watch(ended: () => void): () => void;
  /** Begins to give pieces, until the function that it gives is called. */
  flow(give: (piece: Uint8Array) => void): () => void;
  pause(): void;
  resume(): void;
  /** Breaks it off, as nothing came for too long. */
  destroy(): void;
}

/** The way of one body, which can be read once. */
export class Inflow {
  /** How many bytes came so far. */
  received = 0;
  /** Whether the connection broke before the end, and the body was not interrupted. */
  wasLost = false;
  #isInterrupted = false;
  #wake = (): void => {};

  /**
   * `length`: what was announced, if anything was. `keepsAlive`: whether nothing else keeps the process alive for it meanwhile.
   */
  constructor(
    private readonly source: Source,
    private readonly length: number | undefined,
    private readonly pace: Pace,
    private readonly keepsAlive = false,
  ) {}

  /** Makes the reader see a broken connection now. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#wake();
  }

  /** Reads it as `Body.read` promises. `ask` is called before the first byte is waited for. */
  async *read(take: (piece: Uint8Array) => void, ask: () => void): AsyncGenerator<readonly Uint8Array[]> {
    const { source, length, pace } = this;
    const isOver = (): boolean => this.#isInterrupted || source.end !== undefined;
    const turn = length !== undefined && length <= smallBytes ? undefined : new Turn();
    this.#wake = () => turn?.end();
    const idle = idleTimer(pace.idle, () => source.destroy(), this.keepsAlive);
    let waiting: Uint8Array[] = [];
    let weight = 0;
    /** How many pieces came since crumbs were joined. */
    let loose = 0;
    /** How many bytes came since the idle timeout began anew. */
    let since = 0;
    let isDue = false;
    let isPaused = false;
    let isCutShort = false;
    let refusal: { readonly error: unknown } | undefined;
    const lull = idleTimer(lullMs, () => {
      isDue = true;
      this.#wake();
    });
    const isReady = (): boolean => isDue || weight >= Math.max(waitingLimit() / 4, smallestBatchBytes);
    const give = (piece: Uint8Array): void => {
      // Nothing that is not handed over may have been taken.
      if (this.#isInterrupted || refusal) {
        isCutShort = true;
        return;
      }
      since += piece.length;
      if (since >= pace.bytes) {
        since = 0;
        idle.restart();
      }
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
        isPaused = true;
        source.pause();
        idle.rest();
      }
      if (isReady()) this.#wake();
    };
    const unwatch = source.watch(() => {
      idle.rest();
      this.#wake();
    });
    await turn?.begun;
    let stop = (): void => {};
    readers++;
    try {
      if (!isOver()) {
        if (length !== 0) ask();
        idle.restart();
      }
      stop = source.flow(give);
      for (;;) {
        if (refusal) throw refusal.error;
        if (isReady() || (weight > 0 && isOver())) {
          const batch = waiting;
          waiting = [];
          weight = 0;
          loose = 0;
          isDue = false;
          lull.rest();
          if (isPaused && !isOver()) {
            isPaused = false;
            source.resume();
            idle.restart();
          }
          yield batch;
        } else if (source.end === 'whole' && !isCutShort) return;
        else if (isOver()) {
          this.wasLost = !this.#isInterrupted;
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
      unwatch();
      stop();
    }
  }
}

/** Joins the crumbs at the end of the pieces, in a copy of them; gives by how many the pieces are fewer. */
function joinCrumbs(pieces: Uint8Array[]): number {
  const first = pieces.findLastIndex(({ length }) => length >= crumbBytes) + 1;
  const count = pieces.length - first;
  if (count < 2) return 0;
  pieces.push(Buffer.concat(pieces.splice(first)));
  return count - 1;
}
