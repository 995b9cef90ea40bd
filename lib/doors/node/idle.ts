/** How long the registry waits for a client that has fallen silent. */

/** Watches over the waits of one request, however many there are, with one timer. It keeps no process alive. */
export interface Patience {
  /** Waits for something that only the client can bring about; its time begins anew with each such wait. */
  during<T>(wait: Promise<T>): Promise<T>;
  /** Ends the watch. */
  end(): void;
}

/** Calls `lose` when a wait has lasted for so many milliseconds, unless it is excused just then; 0 waits for ever. */
export function patience(milliseconds: number, lose: () => void, isExcused: () => boolean = () => false): Patience {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  const expire = (): void => {
    if (!waiting) return;
    if (isExcused()) timer?.refresh();
    else lose();
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
    end: () => clearTimeout(timer),
  };
}
