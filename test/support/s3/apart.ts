/** The double in a process of its own, where what is measured is the memory of its user. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DoubleOptions } from './double.ts';
import type { Gateway } from './gateway.ts';

const hook = new URL('../typescript.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('./apart-process.ts', import.meta.url));

/** What can be told to another process. */
export type Options = Pick<DoubleOptions, 'longestKept' | 'nests'>;

/** Starts the double in a process of its own. Throws if it ends before it listens. */
export async function startS3DoubleApart(options: Options = {}): Promise<Gateway> {
  const child = fork(program, { execArgv: ['--import', hook] });
  const closed = once(child, 'close');
  child.send(options);
  const [told] = await Promise.race([
    once(child, 'message'),
    closed.then(([code]) => Promise.reject(new Error(`the double ended with ${code} before it listened`))),
  ]);
  return {
    ...told,
    close: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
