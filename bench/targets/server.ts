/** Starts a server of any kind as a child process, and waits until it answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import type { Measurable } from '../measure.ts';

/** A server that answers. */
export interface Server extends Measurable {
  /** Ends it by SIGTERM, or by SIGKILL where that takes longer than a few seconds. */
  end(): Promise<void>;
}

/** A program, and its words and variables for a port. */
export interface Program {
  readonly program: string;
  words(port: number): readonly string[];
  env?(port: number): NodeJS.ProcessEnv;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;

/** Starts a program on a free port, and waits until it answers a request. Throws if it ends before, with what it wrote. */
export async function startServer({ program, words, env }: Program): Promise<Server> {
  const port = await freePort();
  const child = spawn(program, words(port), { env: { ...process.env, ...env?.(port) }, stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = `${complaints}${text}`.slice(-4096);
  });
  const origin = `http://127.0.0.1:${port}`;
  for (const started = performance.now(); !(await answers(origin)); await pause(20)) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it listened: ${complaints}`);
    if (performance.now() - started > startTimeoutMs) throw new Error(`${program} does not answer`);
  }
  const end = async () => {
    child.kill('SIGTERM');
    const timeout = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await closed;
    clearTimeout(timeout);
  };
  return { origin, pid: child.pid ?? 0, end };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(`${origin}/v2/`)).arrayBuffer();
    return true;
  } catch {
    // Nothing listens there yet.
    return false;
  }
}
