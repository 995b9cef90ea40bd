/** When to stop: at a signal, and at once at a second one. */
import type { Signals } from './environment.ts';

/** The signals that are heard, as promises. */
export interface Stopping {
  /** Resolves with the first signal. */
  readonly asked: Promise<void>;
  /** Resolves with the signal of someone who does not want to wait any longer. */
  readonly insisted: Promise<void>;
  /** Stops listening; from then on a signal does what it does by default. */
  forget(): void;
}

/** A terminal and a parent such as npm may both pass on one Ctrl-C: what comes so soon after is the same signal. */
const echoMilliseconds = 250;

/** Listens for SIGINT and SIGTERM. */
export function listenForSignals(signals: Signals): Stopping {
  let ask: () => void;
  let insist: () => void;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const insisted = new Promise<void>((resolve) => {
    insist = resolve;
  });
  let heard: number | undefined;
  const hear = () => {
    if (heard === undefined) ask();
    else if (performance.now() - heard > echoMilliseconds) insist();
    heard ??= performance.now();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) signals.on(name, hear);
  const forget = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) signals.off(name, hear);
  };
  return { asked, insisted, forget };
}

/** Resolves after so many milliseconds, without keeping the process alive for it. */
export function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
