/** Work on one thing, one after another, within this process. */

/** Does `work` when all work that was asked for before under the same key has ended, however it ended. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Turns of their own. A key costs memory only while there is work under it. */
export function takeTurns(): InTurn {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work);
    // A failure is for whoever asked for the work; the next one only waits for its end.
    const end = turn.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, end);
    try {
      return await turn;
    } finally {
      if (last.get(key) === end) last.delete(key);
    }
  };
}
