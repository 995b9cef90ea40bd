/**
 * Turns at the beginning of large bodies. Where hundreds arrive at once, each would get as much of the process as any other, all would hold
 * memory, and all would be complete, and synced, at the same time. With turns they follow each other, and some are synced while others arrive.
 */
import { clearTimeout, setTimeout } from '../../timers.ts';

/** So many bodies have a turn at a time. */
const most = 32;
/** How long a turn is, in milliseconds: a slow client shall not hold up others. A body goes on when its turn is over. */
const turnMs = 100;
/** So many wait at most, that is for a second at most; beyond that nobody does. */
const mostWaiting = 320;

let running = 0;
const waiting: (() => void)[] = [];

/** Waits for a turn; gives what ends it. */
export async function takeTurn(): Promise<() => void> {
  if (running >= most && waiting.length < mostWaiting) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  let isRunning = true;
  const end = (): void => {
    if (!isRunning) return;
    isRunning = false;
    clearTimeout(timer);
    const next = waiting.shift();
    if (next) next();
    else running--;
  };
  const timer = setTimeout(end, turnMs).unref();
  return end;
}
