/** The log of `stowage serve`. */
import { inspect } from 'node:util';
import type { Logger } from '../index.ts';
import type { Output } from './environment.ts';

/** Writes `time level message details`; the details take several lines where they hold a stack. */
export function createLogger(output: Output): Logger {
  const at = (level: string) => (details: object, message: string) => {
    const rest = inspect(details, { depth: 5, breakLength: Number.POSITIVE_INFINITY });
    output.write(`${new Date().toISOString()} ${level} ${message} ${rest}\n`);
  };
  return { error: at('error'), warn: at('warn') };
}
