/** Uncaught exceptions and unhandled rejections while a case runs: errors that no promise of the case leads back to. */

const events = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Does the work; rejects if it fails. If there were uncaught exceptions or unhandled rejections in this process meanwhile, it
 * rejects with an AggregateError of them all.
 */
export async function failOnUnhandledErrors(work: () => Promise<void>): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  for (const event of events) process.on(event, note);
  const own = await work().then(
    () => [],
    (error: unknown) => [error],
  );
  // Node reports a rejection as unhandled only after the queue of microtasks is empty.
  await new Promise((resolve) => setImmediate(resolve));
  for (const event of events) process.off(event, note);
  if (unhandled.length > 0) throw new AggregateError([...own, ...unhandled], 'an unhandled error occurred while the case ran');
  for (const error of own) throw error;
}
