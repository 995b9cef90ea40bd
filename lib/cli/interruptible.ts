/** Work that a signal breaks off, for commands whose work can be broken off anywhere. */
import { constants } from 'node:os';
import type { CliEnvironment } from './environment.ts';
import { listenForSignals } from './signals.ts';

/**
 * Gives the exit code that the work gives; where SIGINT or SIGTERM comes before its end, its signal is aborted, and the code is 128 and the number of
 * the signal. A second signal does not wait for it.
 */
export async function interruptible(
  { signals, stderr }: CliEnvironment,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stopping = listenForSignals(signals);
  const abort = new AbortController();
  const interrupted = stopping.asked.then((name) => {
    abort.abort(new Error(`${name} came`));
    return 128 + constants.signals[name];
  });
  try {
    const code = await Promise.race([work(abort.signal), stopping.insisted.then(() => interrupted)]);
    return abort.signal.aborted ? await interrupted : code;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    stderr.write('stowage: stopped by a signal; what was done until then is done\n');
    return interrupted;
  } finally {
    stopping.forget();
  }
}
