/** The idle timeout: how long the registry waits for a client that has fallen silent. */
import { clearTimeout, setTimeout } from '../../timers.ts';

/** Watches over the waits of one request, however many there are, with one timer. It keeps no process alive. */
export interface IdleTimer {
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
  return {
    during: async (wait) => {
      if (milliseconds === 0) return wait;
      waiting = true;
      timer = timer?.refresh() ?? setTimeout(expire, milliseconds).unref();
      try {
        return await wait;
      } finally {
        waiting = false;
      }
    },
    stop: () => clearTimeout(timer),
  };
}
