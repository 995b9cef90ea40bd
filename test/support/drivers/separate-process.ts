/** A driver in a process of its own, asked for one thing at a time or several. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What the process is asked: a word of its program, and what it takes. */
export interface Question {
  readonly what: string;
  readonly [more: string]: unknown;
}

/** The process of a driver. */
export interface DriverProcess {
  readonly pid: number;
  ask(question: Question): Promise<unknown>;
  /** Resolves when the process next says this of its own. */
  told(word: string): Promise<void>;
  /** Ends it at once, whatever it is doing. */
  kill(): Promise<void>;
}

/** The program of such processes, built once. */
export async function buildProgram(): Promise<{ readonly start: (root: string) => Promise<DriverProcess>; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-program-'));
  const program = join(folder, 'driver.mjs');
  const source = join(import.meta.dirname, 'driver-process.ts');
  await build({ entryPoints: [source], outfile: program, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return { start: (root) => start(program, root), remove: () => rmSync(folder, { recursive: true }) };
}

async function start(program: string, root: string): Promise<DriverProcess> {
  const child = fork(program, [root], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let asked = 0;
  const answers = new Map<number, { readonly give: (value: unknown) => void; readonly fail: (error: Error) => void }>();
  child.on('message', (message: { turn?: number; value?: unknown; error?: string }) => {
    const answer = answers.get(message.turn ?? -1);
    if (message.error === undefined) answer?.give(message.value);
    else answer?.fail(new Error(message.error));
  });
  child.once('exit', () => {
    for (const { fail } of answers.values()) fail(new Error('the process has ended'));
  });
  await heard(child, 'ready');
  return {
    pid: child.pid ?? 0,
    ask: (question) =>
      new Promise((give, fail) => {
        answers.set(++asked, { give, fail });
        child.send({ ...question, turn: asked });
      }),
    told: (word) => heard(child, word),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function heard(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    const hear = (message: unknown) => {
      if (message !== word) return;
      child.off('message', hear);
      resolve();
    };
    child.on('message', hear);
  });
}
