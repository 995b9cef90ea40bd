/** The log of `stowage serve`. */
import { inspect } from 'node:util';
import type { Logger } from '../index.ts';
import type { Output } from './environment.ts';
import { errorText, isError } from './error-text.ts';
import { StandingFault } from './standing-fault.ts';

/** A logger that has lines for what goes well, too. */
export interface CliLogger extends Logger {
  info(details: object, message: string): void;
}

/**
 * Creates a logger that writes `time level message details`, and behind that the text of the errors among the details. Of a fault that
 * stands, it writes the first line alone.
 */
export function createLogger(output: Output): CliLogger {
  const told = new WeakSet<StandingFault>();
  const writeAt = (level: string) => (details: object, message: string) => {
    const entries = Object.entries(details);
    const fault = entries.map(([, value]) => value).find((value) => value instanceof StandingFault);
    if (fault && told.has(fault)) return;
    if (fault) told.add(fault);
    const rest = Object.fromEntries(entries.filter(([, value]) => !isError(value)));
    const errors = entries.flatMap(([, value]) => (isError(value) ? [errorText(value)] : []));
    const shown = inspect(rest, { depth: 5, breakLength: Number.POSITIVE_INFINITY });
    output.write(`${[new Date().toISOString(), level, message, shown, ...errors].join(' ')}\n`);
  };
  return { error: writeAt('error'), warn: writeAt('warn'), info: writeAt('info') };
}
