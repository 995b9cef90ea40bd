/**
 * Errors as text for a log. Nothing of an error is printed but what is named here: those of an object store also carry session
 * tokens, key ids, the signed request and its headers.
 */
import { StandingFault } from './standing-fault.ts';

/** How many causes are followed. */
const mostCauses = 5;

/** System errors that tell of the disk and of rights to it, and of no mistake in the code. */
const refusals: ReadonlySet<unknown> = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']);

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

/**
 * Name and message of an error of an object store, with its status, of one that comes of a refusal of the system, which would have the
 * same stack with each request, and of a fault that stands; the stack of any other one, which begins with its name and message.
 */
function textOf(error: Error): string {
  const text = `${error.name}: ${error.message}`;
  if (isRefusal(error) || error instanceof StandingFault) return text;
  if (!('$metadata' in error)) return error.stack ?? text;
  const { httpStatusCode: status } = (error.$metadata ?? {}) as { readonly httpStatusCode?: unknown };
  const line = text.replaceAll(/\s+/g, ' ');
  return typeof status === 'number' ? `${line} (${status})` : line;
}

/** Whether an error is a refusal of the system, or has one for its cause. */
function isRefusal(error: unknown, depth = 0): boolean {
  if (!isError(error) || depth > mostCauses) return false;
  return ('code' in error && 'syscall' in error && refusals.has(error.code)) || isRefusal(error.cause, depth + 1);
}

/** Whether a value is an error of any realm. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}
