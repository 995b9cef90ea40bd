/** The built command `stowage` as a child process. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** How a process ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process, and what it has written so far. */
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
  /** Closes the other end of its standard output, or of its error output. */
  stopReading(output: 'stdout' | 'stderr'): Promise<void>;
  readonly written: Program['written'];
  readonly ended: Promise<Ended>;
  /** Sends a signal, SIGTERM unless told otherwise, and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Runs `stowage` with these words, in a folder. */
export function startProgram(words: readonly string[], env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): Program {
  const child = spawn(process.execPath, [program, ...words], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }));
  return { child, ended, written };
}

/** The `host:port` that a program prints when it listens, on either of its outputs. Throws if it ends before. */
export function hostOf({ stdout, stderr }: { readonly stdout: Readable; readonly stderr?: Readable | null }): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    for (const output of [stdout, stderr]) {
      output?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const [, host] = /^listening on (\S+)\n/m.exec(printed) ?? [];
        if (host !== undefined) resolve(host);
      });
    }
    stdout.once('close', () => reject(new Error(`the program ended before it listened, and wrote: ${printed}`)));
  });
}

/** Starts `stowage serve` on a free port and waits until it listens. Throws if it ends before, with what it wrote. */
export async function startServer(flags: readonly string[], env?: NodeJS.ProcessEnv): Promise<Served> {
  const { child, ended, written } = startProgram(['serve', '--port', '0', ...flags], env);
  const host = await hostOf(child).catch(async (error: unknown) => {
    const { code, stderr } = await ended;
    throw new Error(`stowage serve ended with ${code}: ${stderr}`, { cause: error });
  });
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  const stopReading = async (output: 'stdout' | 'stderr') => {
    child[output].destroy();
    await once(child[output], 'close');
  };
  return { host, url: `http://${host}`, pid: child.pid ?? 0, stopReading, written, ended, end };
}
