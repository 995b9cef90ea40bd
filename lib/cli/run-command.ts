/** Runs a command as a shell would: with the streams of this process, its signals passed on, its end as an exit code. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CliEnvironment, SignalName } from './environment.ts';

const passedOn: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** What a terminal sends to the command as well: the second one would be taken for impatience. */
const ofTerminals: readonly SignalName[] = ['SIGINT', 'SIGQUIT'];

/**
 * Gives the exit code of the command: 128 and the number of a signal that ended it; 127 where there is no such program, and 126 where it
 * cannot be run, which the error output then says.
 */
export async function runCommand(
  [program, ...words]: readonly [string, ...string[]],
  { variables, stderr, signals, isInteractive, abandoned }: CliEnvironment,
): Promise<number> {
  const child = spawn(program, words, { env: { ...variables }, stdio: 'inherit' });
  const listeners = passedOn.map((name) => {
    const pass = () => {
      if (!isInteractive || !ofTerminals.includes(name)) child.kill(name);
    };
    signals.on(name, pass);
    return () => signals.off(name, pass);
  });
  void abandoned.then(() => child.kill('SIGTERM'));
  try {
    return await new Promise<number>((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
      child.once('error', (error: NodeJS.ErrnoException) => {
        stderr.write(`stowage: cannot run ${program}: ${error.code === 'ENOENT' ? 'there is no such program' : error.message}\n`);
        resolve(error.code === 'ENOENT' ? 127 : 126);
      });
    });
  } finally {
    for (const forget of listeners) forget();
  }
}
