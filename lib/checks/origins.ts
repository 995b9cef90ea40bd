/** Origins of pages, as hosts name them. */
import { must } from './check.ts';
import { synchronous } from './synchronous.ts';

const isOrigin = (value: unknown): boolean => typeof value === 'string' && /^[a-z][a-z\d+.-]*:\/\/[^/\sA-Z]+$/.test(value);

/** Says what is wrong with a value that does not say which origins. */
export const nameOrigins = must(
  "be a list of origins such as 'https://ui.example.com', without a path; or '*', or a function",
  (value) => value === '*' || typeof value === 'function' || (Array.isArray(value) && value.every(isOrigin)),
);

/** Whether an origin is among those that an option names. Throws what the function of the host throws, and a TypeError where that gives a promise. */
export function originsOf(
  option: string,
  origins: readonly string[] | '*' | ((origin: string) => boolean) = [],
): (origin: string) => boolean {
  return typeof origins === 'function'
    ? synchronous(option, origins)
    : (origin: string) => origins === '*' || origins.includes(origin);
}
