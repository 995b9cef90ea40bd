/** SIGINT and SIGTERM as promises: the first asks to drain, the second to stop at once. */
import type { Signals } from './environment.ts';

/** A signal that asks to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** The two signals, as promises. */
export interface Stopping {
  /** Resolves with the first signal: its name. */
  readonly asked: Promise<StopSignal>;
  /** Resolves with the second signal: do not wait any longer. */
  readonly insisted: Promise<void>;
  /** Removes the listeners; from then on a signal has its default effect. */
  forget(): void;
}

/** A terminal and a parent such as npm may both deliver one Ctrl-C: a second signal within this time is the same one. */
const echoMilliseconds = 250;

/** Adds listeners for SIGINT and SIGTERM; `forget` removes them. */
export function listenForSignals(signals: Signals): Stopping {
  let ask: (name: StopSignal) => void;
  let insist: () => void;
  const asked = new Promise<StopSignal>((resolve) => {
    ask = resolve;
  });
  const insisted = new Promise<void>((resolve) => {
    insist = resolve;
  });
  let heard: number | undefined;
  const hear = (name: StopSignal) => {
    if (heard === undefined) ask(name);
    else if (performance.now() - heard > echoMilliseconds) insist();
    heard ??= performance.now();
  };
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => ({ name, listener: () => hear(name) }));
  for (const { name, listener } of listeners) signals.on(name, listener);
  const forget = () => {
    for (const { name, listener } of listeners) signals.off(name, listener);
  };
  return { asked, insisted, forget };
}

/** Resolves after so many milliseconds; its timer does not keep the process alive. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
