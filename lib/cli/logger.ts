/** The log of `stowage serve`. */
import { inspect } from 'node:util';
import type { Logger } from '../index.ts';
import type { Output } from './environment.ts';

/** Creates a logger that writes `time level message details`; details with a stack take several lines. */
export function createLogger(output: Output): Logger {
  const writeAt = (level: string) => (details: object, message: string) => {
    const rest = inspect(details, { depth: 5, breakLength: Number.POSITIVE_INFINITY });
    output.write(`${new Date().toISOString()} ${level} ${message} ${rest}\n`);
  };
  return { error: writeAt('error'), warn: writeAt('warn') };
}
