/** What the command runs in. */
import type { Variables } from './variables.ts';

/** The process that the command runs in: its streams, variables and signals. Tests give another one. */
export interface CliEnvironment {
  readonly variables: Variables;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: Signals;
  /** Whether the standard input is a terminal, whose Ctrl-C reaches child processes by itself. */
  readonly isInteractive: boolean;
  /** Resolves when the parent that should pass on signals has exited; it counts as a signal. */
  readonly abandoned: Promise<void>;
}

/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
  /** Whether it is a terminal, where a line can be overwritten. */
  readonly isTTY?: boolean;
  /** How many characters a line of the terminal holds. */
  readonly columns?: number;
}

/** The signals that the command listens to. */
export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT';

/** The emitter of signals. */
export interface Signals {
  on(name: SignalName, listener: () => void): unknown;
  off(name: SignalName, listener: () => void): unknown;
}
