/** `stowage dead-letters`: what was given up for a sink, in the directory of a registry, whether or not that runs. */
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fsDriver } from '../../drivers/fs.ts';
import type { DeadLetter } from '../delivery/courier.ts';
import { discardDeadLetters, listDeadLetters, reviveDeadLetters } from '../delivery/dead-letters.ts';
import type { CliEnvironment } from './environment.ts';
import type { DeadLetterArguments } from './parse-arguments.ts';
import { needed } from './start-error.ts';

/**
 * Lists what was given up, has it delivered again, or drops it; gives exit code 0. Throws a `StartError` where the directory cannot be read
 * or written.
 */
export async function deadLetters({ sink, root, does }: DeadLetterArguments, { stdout }: CliEnvironment): Promise<number> {
  const path = resolve(root);
  // The driver takes a root that is missing for an empty one.
  await needed(`read the root ${path}`, () => readdir(path));
  const { outbox, close } = fsDriver({ root: path });
  if (!outbox) throw new TypeError('the driver fs has no outbox');
  const print = async (): Promise<void> => {
    for await (const letter of listDeadLetters(outbox, sink))
      stdout.write(`${does === 'print JSON' ? JSON.stringify(letter) : lineOf(letter)}\n`);
  };
  const work = {
    print,
    'print JSON': print,
    revive: async () => stdout.write(`to be delivered again: ${await reviveDeadLetters(outbox, sink)}\n`),
    discard: async () => stdout.write(`dropped: ${await discardDeadLetters(outbox, sink)}\n`),
  };
  try {
    await needed(`${does} the dead letters of ${sink}`, work[does]);
    return 0;
  } finally {
    await close();
  }
}

/** A letter on a line. Its reason may be what a receiver has sent: nothing of that is for the terminal. */
const lineOf = ({ time, event, attempts, reason }: DeadLetter): string =>
  `${time}  ${event.type} ${event.subject}  ${attempts} attempts: ${reason}`.replaceAll(/\p{Cc}+/gu, ' ');
