import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How a process ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly written: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
}

/** A registry that listens, in a process of its own. */
export interface Served {
  /** `host:port` */
  readonly host: string;
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Sends a signal, SIGTERM unless told otherwise, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

export function startProgram(words: readonly string[]): Program;
export function startServer(flags: readonly string[]): Promise<Served>;
