/**
 * Errors as text for a log. Nothing of an error is printed but what is named here: those of an object store also carry session
 * tokens, key ids, the signed request and its headers.
 */

/** How many causes are followed. */
const mostCauses = 5;

/** The text of what was thrown, with that of its causes and of the errors that it aggregates, each on lines of its own. */
export function errorText(thrown: unknown): string {
  return linesOf(thrown, 0).join('\n  caused by ');
}

function linesOf(thrown: unknown, depth: number): string[] {
  if (!isError(thrown)) return [typeof thrown === 'object' ? 'an object that is no error' : String(thrown)];
  const others: readonly unknown[] = 'errors' in thrown && Array.isArray(thrown.errors) ? thrown.errors : [];
  const causes = [...(thrown.cause === undefined ? [] : [thrown.cause]), ...others];
  return [textOf(thrown), ...(depth < mostCauses ? causes.flatMap((cause) => linesOf(cause, depth + 1)) : [])];
}

/** Name, message and status of an error of an object store; the stack of any other one, which begins with its name and message. */
function textOf(error: Error): string {
  if (!('$metadata' in error)) return error.stack ?? `${error.name}: ${error.message}`;
  const { httpStatusCode: status } = (error.$metadata ?? {}) as { readonly httpStatusCode?: unknown };
  const text = `${error.name}: ${error.message}`.replaceAll(/\s+/g, ' ');
  return typeof status === 'number' ? `${text} (${status})` : text;
}

/** Whether a value is an error of any realm. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}
