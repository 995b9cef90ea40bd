/** The machine that is measured on: what it is, whether it is idle, and what processes take of it. Linux counts all of this in /proc. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What figures depend on. */
export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  /** Of the folder in which everything is stored. */
  readonly fileSystem: string;
}

/** What the kernel calls a tick: user programs see a hundred of them per second. */
const ticksPerSecond = 100;
const idleShare = 0.88;
const longestWaitMs = 15_000;

/** This machine. */
export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    cpus: cpus().length,
    model: first?.model ?? 'unknown',
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: fileSystemOf(tmpdir()),
  };
}

function fileSystemOf(folder: string): string {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const around = mounts.filter(([, point = '']) => point === '/' || folder === point || folder.startsWith(`${point}/`));
  const [device = '', , type = 'unknown'] = around.sort(([, one = ''], [, other = '']) => other.length - one.length)[0] ?? [];
  return type === 'ext4' && !hasJournal(basename(device)) ? 'ext4 without a journal' : type;
}

/** Whether an ext4 file system has a journal: each fsync then waits for a commit that others share, instead of writing on its own. */
function hasJournal(device: string): boolean {
  const journals = existsSync('/proc/fs/jbd2') ? readdirSync('/proc/fs/jbd2') : [];
  return journals.some((name) => name === device || name.startsWith(`${device}-`));
}

/** Writes what is dirty to the disk, and waits until nothing else runs, for 15 seconds at most. */
export async function waitUntilIdle(): Promise<void> {
  execFileSync('sync');
  const last = performance.now() + longestWaitMs;
  for (let quiet = 0; quiet < 2 && performance.now() < last; ) {
    const before = machineTicks();
    await pause(250);
    const after = machineTicks();
    quiet = (after.idle - before.idle) / (after.all - before.all) > idleShare ? quiet + 1 : 0;
  }
}

function machineTicks(): { readonly user: number; readonly idle: number; readonly all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.trim().split(/ +/).slice(1, 9).map(Number);
  const [user = 0, nice = 0, _system = 0, idle = 0, waiting = 0] = ticks;
  return { user: user + nice, idle: idle + waiting, all: ticks.reduce((sum, each) => sum + each, 0) };
}

/** The time that the programs of the machine took since its start, without that of the kernel: writing back to the disk is part of a push. */
export const machineUserSeconds = (): number => machineTicks().user / ticksPerSecond;

/** A process and all that it started. */
export function processTree(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** The CPU time that processes took so far, in seconds: all of it, and without that of the kernel. */
export function processSeconds(pids: readonly number[]): { readonly all: number; readonly user: number } {
  const ticks = pids.map((pid) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
    return { user, all: user + system };
  });
  const sum = (of: 'all' | 'user') => ticks.reduce((total, each) => total + each[of], 0) / ticksPerSecond;
  return { all: sum('all'), user: sum('user') };
}

/** Forgets the peaks of the memory of processes. */
export function resetPeaks(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The memory of processes in MiB: what is resident now, or the sum of the most that was resident since the reset. */
export function residentMebibytes(pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number {
  const kibibytes = pids.map((pid) => {
    const [, value] = new RegExp(`^${field}:\\s+([0-9]+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (value === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return Number(value);
  });
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024;
}
