/** What the command line needs of the process it runs in: `process`, or a stand-in. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: Signals;
  /** Resolves when whoever passes on signals is gone; the same as a signal. */
  readonly abandoned: Promise<void>;
}

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  /** Whether people watch: a line may be written over. */
  readonly isTTY?: boolean;
}

/** Where signals come from. */
export interface Signals {
  on(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(name: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}
