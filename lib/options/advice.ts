/** Advice: what the host should change, told in words and once. */
import type { Logger } from './table.ts';

/** What to change, and why. */
export interface Advice {
  /** The name of the setting. */
  readonly setting: string;
  readonly message: string;
  /** Whether requests fail for it in silence. It is then told also where there is no logger. */
  readonly isVital?: boolean;
}

/** Gives advice. A message that was given before is not repeated. */
export type Advise = (advice: Advice) => void;

/** The warnings of this process: many registries without a logger, as in tests, give one warning. */
const emitted = new Set<string>();

/** Advice for a logger or, where there is none, as a warning of the process. */
export function createAdvise(logger: Logger | undefined): Advise {
  const told = logger ? new Set<string>() : emitted;
  return ({ setting, message, isVital = false }) => {
    if (told.has(message) || !(logger || isVital)) return;
    told.add(message);
    if (logger) logger.warn({ setting }, message);
    else process.emitWarning(message, 'StowageWarning');
  };
}
