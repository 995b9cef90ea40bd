/** Passwords from the standard input. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CliEnvironment } from './environment.ts';
import { StartError } from './start-error.ts';

/** All that is piped, but the end of its line; at a terminal what is typed, which is not shown. */
export async function readPassword({ stdin, stderr, isInteractive }: CliEnvironment): Promise<string> {
  if (!isInteractive) return (await text(stdin)).replace(/\r?\n$/, '');
  stderr.write('Password: ');
  try {
    return await typed(stdin);
  } finally {
    stderr.write('\n');
  }
}

/** A line that is typed. It can be edited, as readline has the terminal, and is written nowhere. */
function typed(stdin: NodeJS.ReadableStream): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, written) => written() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => reject(new StartError('no password was typed')));
  });
}
