/** Work with a time limit. */

/**
 * The value of `work`; rejects with an error that says `late` after so many milliseconds. The timer is cleared before this
 * settles. Work cannot be cancelled: what it gives or throws after its limit is dropped.
 */
export async function withTimeout<T>(milliseconds: number, late: string, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  // Set before the work begins: work that compares the resources of the process finds the timer both times.
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), milliseconds);
  });
  try {
    const value = await Promise.race([(async () => work())(), timeout]);
    // Work that blocks the event loop ends before the timer fires.
    if (performance.now() - started > milliseconds) throw new Error(late);
    return value;
  } finally {
    clearTimeout(timer);
  }
}
