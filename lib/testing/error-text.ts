/** Errors that say more than what they were thrown with. */

/** The error itself, whose message goes on with this. */
export function telling(error: unknown, more: string): unknown {
  if (!isError(error)) return new Error(`it threw ${String(error)}${more}`, { cause: error });
  const message = `${error.message}${more}`;
  // The stack repeats the message, and some runners print nothing else.
  const stack = error.stack?.replace(error.message, () => message);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Whether something is an error, also of another realm: what Jest runs is in one of its own, and Node's errors are not. */
function isError(thrown: unknown): thrown is Error {
  return Object.prototype.toString.call(thrown) === '[object Error]';
}

/** An error, whatever caused it and all errors that are in it, with where they were thrown. */
export function wholeStory(error: unknown): string {
  if (!isError(error)) return String(error);
  const cause = error.cause === undefined ? [] : [`caused by ${wholeStory(error.cause)}`];
  const others: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [error.stack ?? error.message, ...cause, ...others.map(wholeStory)].join('\n');
}
