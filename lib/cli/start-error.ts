/** A command could not start. The message is one line for the person who typed it; the exit code is 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Does what a command needs before it can start. Throws a {@link StartError} that says what cannot be done, and why. */
export async function needed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StartError(`cannot ${what}: ${messageOf(error)}`);
  }
}

/** Makes what the options of a configuration are for. Throws a {@link StartError} that names its file where they are wrong. */
export function configured<T>(file: string | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StartError(messageOf(error).replace(/^\w+: /, file === undefined ? '' : `${file}, options: `));
  }
}

/** The message of an error, or the text of any other thrown value, on one line. */
export function messageOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s*\n\s*/g, ' ');
}
