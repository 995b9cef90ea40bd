/** What a value has to be, as a function and in words. */

/** Says what is wrong with a value, to follow its name: `must be true or false, not 1`. Undefined: nothing is. */
export type Check = (value: unknown) => string | undefined;

/** A check that takes what the test accepts: `must('be a path', isPath)`. */
export function must(beOrHave: string, accepts: (value: unknown) => boolean): Check {
  return (value) => (accepts(value) ? undefined : `must ${beOrHave}, not ${shown(value)}`);
}

export const boolean = must('be true or false', (value) => typeof value === 'boolean');
export const callable = must('be a function', (value) => typeof value === 'function');
export const object = must('be an object', (value) => isObject(value) && !Array.isArray(value));
export const list = must('be an array', Array.isArray);
export const abortSignal = must('be an AbortSignal', (value) => value instanceof AbortSignal);
export const text = must('be text', (value) => typeof value === 'string');
export const count = must('be an integer from 0 on', (value) => isWhole(value) && value >= 0);
export const positive = must('be a positive integer', (value) => isWhole(value) && value > 0);

/** As long as a timer of Node can be. */
export const timeout = must(
  'be whole milliseconds; 0 switches the timeout off',
  (value) => isWhole(value) && value >= 0 && value < 2 ** 31,
);

/** Text that the pattern matches; `be` says what that is. */
export function matching(pattern: RegExp, be: string): Check {
  return must(be, (value) => typeof value === 'string' && pattern.test(value));
}

/** One of these texts: `must be 'full' or 'none'`. */
export function oneOf(...texts: readonly string[]): Check {
  return must(`be ${texts.map((each) => `'${each}'`).join(' or ')}`, (value) => texts.some((each) => each === value));
}

/** An array of such items; says where one is wrong. */
export function listOf(item: Check): Check {
  return (value) => (Array.isArray(value) ? wrongAt(value.entries(), item) : list(value));
}

/** An object with such values under any names; says where one is wrong. */
export function byName(item: Check): Check {
  return (value) => (isObject(value) ? (object(value) ?? wrongAt(Object.entries(value), item)) : object(value));
}

function wrongAt(entries: Iterable<readonly [place: number | string, value: unknown]>, item: Check): string | undefined {
  for (const [place, value] of entries) {
    const complaint = item(value);
    if (complaint !== undefined) return `at ${place} ${complaint}`;
  }
  return undefined;
}

/** Whether a value has members that can be asked for. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is an integer that a number holds exactly. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** A value in a message: as it is written in code, or what kind of thing it is. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  return isObject(value) ? 'an object' : String(value);
}
