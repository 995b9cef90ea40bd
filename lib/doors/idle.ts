/** The idle timeout: how long the registry waits for a client that has fallen silent. */
import { clearTimeout, setTimeout } from '../timers.ts';

/** Watches over the waits of one request, however many there are, with one timer. It keeps no process alive. */
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

/** Calls `onIdle` when a wait has lasted for so many milliseconds; 0 switches the timeout off. */
export function idleTimer(milliseconds: number, onIdle: () => void): IdleTimer {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  const expire = (): void => {
    if (waiting) onIdle();
  };
  const restart = (): void => {
    if (milliseconds === 0) return;
    waiting = true;
    timer = timer?.refresh() ?? setTimeout(expire, milliseconds).unref();
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
