/**
 * Turns at the beginning of large bodies. Where hundreds arrive at once, each would get as much of the process as any other, all would hold
 * memory, and all would be complete, and synced, at the same time. With turns they follow each other, and some are synced while others arrive.
 */
import { clearTimeout, setTimeout } from '../timers.ts';

/** So many bodies have a turn at a time. */
const most = 32;
/** How long a turn is, in milliseconds: a slow client shall not hold up others. A body goes on when its turn is over. */
const turnMs = 100;
/** So many wait at most, that is for a second at most. Others do not wait, and have no turn. */
const mostWaiting = 320;

const running = new Set<Turn>();
const waiting = new Set<Turn>();

/** The turn of a body, or its wait for one. */
export class Turn {
  #resolve = (): void => {};
  /** Resolves when the turn begins, or when the wait is over without one. */
  readonly begun = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    if (waiting.size >= mostWaiting) this.end();
    else waiting.add(this);
    beginNext();
  }

  begin(): void {
    waiting.delete(this);
    running.add(this);
    this.#timer = setTimeout(() => this.end(), turnMs).unref();
    this.#resolve();
  }

  /** Ends the turn, or the wait. */
  end(): void {
    clearTimeout(this.#timer);
    waiting.delete(this);
    this.#resolve();
    if (running.delete(this)) beginNext();
  }
}

function beginNext(): void {
  const [next] = waiting;
  if (running.size < most) next?.begin();
}
