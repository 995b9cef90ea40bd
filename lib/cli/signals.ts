/** SIGINT and SIGTERM as promises: the first asks to drain, the second to stop at once. */
import type { Signals } from './environment.ts';

/** The two signals, as promises. */
export interface Stopping {
  /** Resolves with the first signal. */
  readonly asked: Promise<void>;
  /** Resolves with the second signal: do not wait any longer. */
  readonly insisted: Promise<void>;
  /** Removes the listeners; from then on a signal has its default effect. */
  forget(): void;
}

/** A terminal and a parent such as npm may both deliver one Ctrl-C: a second signal within this time is the same one. */
const echoMilliseconds = 250;

/** Adds listeners for SIGINT and SIGTERM; `forget` removes them. */
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

/** Resolves after so many milliseconds; its timer does not keep the process alive. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
