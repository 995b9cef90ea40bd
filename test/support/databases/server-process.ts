/** A database server as a child process, in a temporary folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a server may take until it answers, in milliseconds. */
const startTimeoutMs = 30_000;

/** A user of the system, by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a folder for a server that belongs to an account, or to this process. */
export async function newFolder(name: string, account?: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `stowage-${name}-`));
  if (account && userInfo().uid !== account.uid) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** A server that answers. */
export interface ServerProcess {
  /** Ends it, waits for its end, and removes its folder. */
  close(): Promise<void>;
}

/**
 * Starts a server and waits until `answers` is true. The server ends with this process, and then leaves its folder behind. Throws
 * what the server wrote if it ends before.
 */
export async function startServerProcess(
  folder: string,
  [program, ...words]: readonly [string, ...string[]],
  answers: () => Promise<boolean>,
  account?: Account,
): Promise<ServerProcess> {
  const child = spawn(program, words, { cwd: folder, ...account, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const written = collect(child);
  const kill = (): void => void child.kill('SIGINT');
  process.once('exit', kill);
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it answered: ${written()}`);
    if (performance.now() > deadline) {
      kill();
      throw new Error(`${program} did not answer within ${startTimeoutMs} milliseconds: ${written()}`);
    }
    await pause(20);
  }
  return {
    async close() {
      kill();
      await closed;
      process.off('exit', kill);
      await rm(folder, { recursive: true });
    },
  };
}

/** Reads what a server writes, and gives the last of it. */
function collect({ stdout, stderr }: ChildProcess): () => string {
  let written = '';
  for (const output of [stdout, stderr]) {
    output?.setEncoding('utf8').on('data', (text: string) => {
      written = (written + text).slice(-4000);
    });
  }
  return () => written;
}
