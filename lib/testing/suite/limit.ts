/** Work that may take only so long. */

/**
 * The value of `work`; rejects with `late` if it takes longer than so many milliseconds. What keeps the time is gone when this
 * settles. The work itself cannot be ended: what it gives or throws later is nobody's.
 */
export async function within<T>(milliseconds: number, late: string, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  // Set before the work begins, so that work that compares what the process holds finds the timer both times.
  const overtime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), milliseconds);
  });
  try {
    const value = await Promise.race([(async () => work())(), overtime]);
    // Work that lets nothing else run ends before its timer has a turn.
    if (performance.now() - started > milliseconds) throw new Error(late);
    return value;
  } finally {
    clearTimeout(timer);
  }
}
