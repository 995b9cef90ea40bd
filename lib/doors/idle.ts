/** The idle timeout: how long the registry waits for a client that has fallen silent. */
import { clearTimeout, setTimeout } from '../timers.ts';

/** Watches over the waits of one request, however many there are, with one timer. */
export interface IdleTimer {
  /** The client has moved, or it is waited for from now on: the time begins anew. */
  restart(): void;
  /** The client is not waited for. */
  rest(): void;
  /** Waits for something that only the client can bring about; the time begins anew with each such wait. */
  during<T>(wait: Promise<T>): Promise<T>;
  /** Ends the watch. */
  stop(): void;
}

/**
 * Calls `onIdle` when a wait has lasted for so many milliseconds; 0 switches the timeout off. It keeps the process alive only where it is
 * told to: a connection does that itself.
 */
export function idleTimer(milliseconds: number, onIdle: () => void, keepsAlive = false): IdleTimer {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  const expire = (): void => {
    if (waiting) onIdle();
  };
  const begin = (): NodeJS.Timeout => {
    const begun = setTimeout(expire, milliseconds);
    return keepsAlive ? begun : begun.unref();
  };
  const restart = (): void => {
    if (milliseconds === 0) return;
    waiting = true;
    timer = timer?.refresh() ?? begin();
  };
  const rest = (): void => {
    waiting = false;
  };
  return {
    restart,
    rest,
    during: async (wait) => {
      restart();
      try {
        return await wait;
      } finally {
        rest();
      }
    },
    stop: () => clearTimeout(timer),
  };
}
