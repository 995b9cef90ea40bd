/** Liveness: whether the process of an instance still runs. Sweeping and the takeover of leases depend on nothing else. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { InstanceProcess } from '../tree/records.ts';
import { codeOf } from './system.ts';

/** A driver that uses the directory, perhaps in another process. */
export interface Instance {
  readonly id: string;
  /** Undefined if its record cannot be read: it is being written, or was damaged. */
  readonly process?: InstanceProcess;
  /** The time of its last heartbeat. There is one every ten seconds. */
  readonly seen: Date;
}

/** Decides whether the process of an instance may still write. */
export type Liveness = (instance: Instance) => boolean | Promise<boolean>;

/** After so long without a heartbeat, an instance whose process cannot be looked up counts as dead. */
export const heartbeatTimeoutMs = 60_000;

/**
 * An instance of this host and boot is alive exactly as long as its process runs. Any other instance, and every one on a
 * system without /proc, is alive until the heartbeat timeout.
 */
export const isAlive: Liveness = ({ process: other, seen }) => {
  const here = thisProcess();
  const sameBoot = other?.boot !== undefined && other.boot === here.boot && other.host === here.host;
  return sameBoot ? isRunning(other) : Date.now() - seen.getTime() < heartbeatTimeoutMs;
};

let cached: InstanceProcess | undefined;

/** This process. */
export function thisProcess(): InstanceProcess {
  cached ??= describeThisProcess();
  return cached;
}

function describeThisProcess(): InstanceProcess {
  const base = { host: hostname(), pid: process.pid };
  const boot = ifReadable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  // A pid is unique only within its namespace, and containers may share a host name.
  const pidNamespace = ifReadable(() => readlinkSync('/proc/self/ns/pid'));
  const started = processState(process.pid)?.started;
  if (boot === undefined || pidNamespace === undefined || started === undefined) return base;
  return { ...base, boot: `${boot} ${pidNamespace}`, started };
}

function isRunning({ pid, started }: InstanceProcess): boolean {
  const state = processState(pid);
  if (state !== undefined) return state.started === started && !state.ended;
  try {
    // With hidepid, /proc lacks the processes of other users; signal 0 still tells an existing process (EPERM) from none.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When a process started, in clock ticks since boot, and whether it is a zombie; undefined if /proc does not have it. */
function processState(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
  const line = ifReadable(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // Field 2 is the command in parentheses, which may contain anything; field 3 is the state, field 22 the start time.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = '', started = ''] = [fields[0], fields[19]];
  return started === '' ? undefined : { started, ended: state === 'Z' || state === 'X' };
}

/** What `read` gives; undefined if it fails. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // Not every system has /proc, and not every process may read all of it; each caller has a fallback.
    return undefined;
  }
}
