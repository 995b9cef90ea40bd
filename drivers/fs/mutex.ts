/** A mutex for each key, within this process. */

/** Runs `work` after all work that was passed before under the same key has ended, whether or not it failed. */
export type KeyedMutex = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** A mutex for each key. A key costs memory only while there is work under it. */
export function createKeyedMutex(): KeyedMutex {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const result = (last.get(key) ?? Promise.resolve()).then(work);
    // A failure rejects `result`, for the caller; the next work in the queue only waits for the end.
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, end);
    try {
      return await result;
    } finally {
      if (last.get(key) === end) last.delete(key);
    }
  };
}
