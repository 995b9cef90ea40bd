/** One measurement: a load on an idle machine, and what the server took of it. */
import { cpus } from 'node:os';
import { generate, type Load, type Loaded } from './generator.ts';
import { machineUserSeconds, processSeconds, processTree, resetPeaks, residentMebibytes, waitUntilIdle } from './machine.ts';

/** What came of a load. */
export interface Measured extends Pick<Loaded, 'operations' | 'seconds' | 'bodyBytes' | 'milliseconds'> {
  /** Of all processes of the server. */
  readonly cpuSeconds: number;
  /** The sum over all processes of the server. */
  readonly peakMebibytes: number;
}

/** A server in a process of its own. */
export interface Measurable {
  readonly origin: string;
  readonly pid: number;
}

const mostAttempts = 3;
/** The part of the machine's time that other processes may take. */
const foreignShare = 0.05;

/**
 * Measures until nothing else took part of the machine meanwhile, three times at most. `loadOf` gives the load of each attempt: what was
 * pushed once is there already. Throws if a request failed.
 */
export async function measure({ origin, pid }: Measurable, loadOf: (attempt: number) => Load): Promise<Measured> {
  for (let attempt = 0; ; attempt += 1) {
    const { foreignSeconds, ...measured } = await measureOnce({ origin, pid }, loadOf(attempt));
    const allowed = Math.max(0.08, foreignShare * cpus().length * measured.seconds);
    if (foreignSeconds < allowed || attempt + 1 === mostAttempts) return measured;
  }
}

async function measureOnce({ origin, pid }: Measurable, load: Load): Promise<Measured & { readonly foreignSeconds: number }> {
  await waitUntilIdle();
  const pids = processTree(pid);
  resetPeaks(pids);
  const before = { server: processSeconds(pids).all, foreign: foreignUserSeconds() };
  const { failures, firstFailure, userSeconds, ...loaded } = await generate(origin, load);
  const cpuSeconds = processSeconds(pids).all - before.server;
  const foreignSeconds = foreignUserSeconds() - before.foreign - userSeconds;
  if (failures > 0) throw new Error(`${failures} requests of ${load.workload} failed: ${firstFailure}`);
  return { ...loaded, cpuSeconds, peakMebibytes: residentMebibytes(pids, 'VmHWM'), foreignSeconds };
}

/** What others than this process and all that it started took of the machine; and the generators that have ended. */
const foreignUserSeconds = (): number => machineUserSeconds() - processSeconds(processTree(process.pid)).user;
