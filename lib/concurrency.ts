/** Bounded concurrency: many asynchronous steps, some of them at a time. */

/** How many look-ups or writes of one request run at a time: enough to hide latency, too few to crowd out other requests. */
export const stepsAtOnce = 32;

/**
 * What `step` gives for each of the values, in their order; at most `limit` steps run at a time. After a failure no further step
 * begins, and those that run are waited for: rejects with the first failure, and nothing goes on behind the caller's back.
 */
export async function mapConcurrently<T, R>(
  values: readonly T[],
  step: (value: T, index: number) => Promise<R>,
  limit: number = stepsAtOnce,
): Promise<R[]> {
  const results: R[] = [];
  const rest = values.entries();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const [index, value] of rest) {
      try {
        results[index] = await step(value, index);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
