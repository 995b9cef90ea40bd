/** Errors whose text carries more than they were thrown with: a longer message, a chain of causes. */

/**
 * The error, with the message that `rewrite` makes of its own. It is changed in place, its stack too, since some runners print
 * only the stack. Any other thrown value becomes the cause of a new error.
 */
export function withMessage(error: unknown, rewrite: (message: string) => string): unknown {
  if (!isError(error)) return new Error(rewrite(`it threw ${String(error)}`), { cause: error });
  const message = rewrite(error.message);
  const stack = error.stack?.replace(error.message, () => message);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Whether a value is an error of any realm: Jest runs tests in a realm of their own, whose `Error` is not that of Node. */
function isError(thrown: unknown): thrown is Error {
  return Object.prototype.toString.call(thrown) === '[object Error]';
}

/** The stack of an error, followed by those of its causes and of the errors that it aggregates. */
export function errorChain(error: unknown): string {
  if (!isError(error)) return String(error);
  const cause = error.cause === undefined ? [] : [`caused by ${errorChain(error.cause)}`];
  const others: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [error.stack ?? error.message, ...cause, ...others.map(errorChain)].join('\n');
}
