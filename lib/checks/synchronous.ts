/** Functions of the host that answer at once. */
import { isObject } from './check.ts';

/**
 * The function given as an option, for questions whose answer is needed at once. A promise would count as true, whatever it becomes:
 * for one, what this gives throws a TypeError that names the option.
 */
export function synchronous<Given extends readonly unknown[]>(
  option: string,
  ask: (...given: Given) => boolean,
): (...given: Given) => boolean {
  return (...given) => {
    const answer: unknown = ask(...given);
    if (!isObject(answer) || typeof answer.then !== 'function') return Boolean(answer);
    // Its failure must not end the process.
    Promise.resolve(answer).catch(() => undefined);
    throw new TypeError(`the function ${option} must give true or false at once, not a promise`);
  };
}
