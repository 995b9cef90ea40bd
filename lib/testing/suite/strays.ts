/** What goes wrong beside a case: errors that no promise leads back to. */

const events = ['uncaughtException', 'unhandledRejection'] as const;

/** Does the work; rejects if it fails, or if meanwhile an error was thrown or a promise rejected that nobody handles. */
export async function withoutStrays(work: () => Promise<void>): Promise<void> {
  const strays: unknown[] = [];
  const note = (error: unknown): void => void strays.push(error);
  for (const event of events) process.on(event, note);
  const own = await work().then(
    () => [],
    (error: unknown) => [error],
  );
  // A rejection counts as unhandled only when all that was to run at once has run.
  await new Promise((resolve) => setImmediate(resolve));
  for (const event of events) process.off(event, note);
  if (strays.length > 0)
    throw new AggregateError([...own, ...strays], 'while the case ran there was an error that nobody handles');
  for (const error of own) throw error;
}
