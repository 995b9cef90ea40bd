/** Whether the process behind an instance is still there: the one question that sweeping and take-over ask. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { InstanceProcess } from '../tree/records.ts';

/** What is known of a driver that uses the directory, perhaps in another process. */
export interface Instance {
  readonly id: string;
  /** Undefined where its record cannot be read: it is being written, or was damaged. */
  readonly process?: InstanceProcess;
  /** When it last said that it lives. It does so every ten seconds. */
  readonly seen: Date;
}

/** Says whether the process of an instance may still write. */
export type Liveness = (instance: Instance) => boolean | Promise<boolean>;

/** How long an instance that cannot be asked after may be silent, in milliseconds. */
export const silence = 60_000;

/**
 * An instance of this host and boot lives exactly as long as its process. Any other one, and every one where the
 * system does not tell of boots and processes, lives while it is heard of.
 */
export const isAlive: Liveness = ({ process: other, seen }) => {
  const here = thisProcess();
  const near = other?.boot !== undefined && other.boot === here.boot && other.host === here.host;
  return near ? isRunning(other) : Date.now() - seen.getTime() < silence;
};

let known: InstanceProcess | undefined;

/** This process. */
export function thisProcess(): InstanceProcess {
  known ??= describe();
  return known;
}

function describe(): InstanceProcess {
  const about = { host: hostname(), pid: process.pid };
  const boot = told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  // In another container the same number is another process, even under the same host name.
  const space = told(() => readlinkSync('/proc/self/ns/pid'));
  const started = stateOf(process.pid)?.started;
  if (boot === undefined || space === undefined || started === undefined) return about;
  return { ...about, boot: `${boot} ${space}`, started };
}

function isRunning({ pid, started }: InstanceProcess): boolean {
  const state = stateOf(pid);
  if (state !== undefined) return state.started === started && !state.ended;
  try {
    // Where processes of other users are hidden, they can still be told from none.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process began, and whether it only waits for its parent to take note of its end. */
function stateOf(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
  const line = told(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is a name in parentheses, which may hold anything; the third is the state, the 22nd the beginning.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = '', started = ''] = [fields[0], fields[19]];
  return started === '' ? undefined : { started, ended: state === 'Z' || state === 'X' };
}

/** What the system tells; undefined where it does not. */
function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    // Not every system has these files, and not every process may read them; what that means is for the caller to say.
    return undefined;
  }
}
