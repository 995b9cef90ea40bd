/** Signals that break off what a command does. */
import { constants } from 'node:os';
import type { CliEnvironment } from './environment.ts';

/** What breaks off, and how that ends. */
export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM, and when the parent has gone that should pass them on. */
  readonly signal: AbortSignal;
  /** The exit code once it is aborted: 128, and the number of the signal. */
  readonly code: number | undefined;
  /** From now on a signal has its default effect. */
  forget(): void;
}

/** Listens for signals until `forget` is called. */
export function interruption({ signals, abandoned }: Pick<CliEnvironment, 'signals' | 'abandoned'>): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  const interrupt = (name: 'SIGINT' | 'SIGTERM'): void => {
    code ??= 128 + constants.signals[name];
    controller.abort(new Error('interrupted'));
  };
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => interrupt(name);
    signals.on(name, listener);
    return () => signals.off(name, listener);
  });
  void abandoned.then(() => interrupt('SIGTERM'));
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    forget: () => {
      for (const forget of listeners) forget();
    },
  };
}
