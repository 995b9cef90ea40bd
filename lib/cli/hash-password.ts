/** `stowage hash-password NAME`: prints a line for the file of `stowage serve --htpasswd`. */
import type { CliEnvironment } from './environment.ts';
import { UsageError } from './flag-values.ts';
import { readPassword } from './read-password.ts';
import { StartError } from './start-error.ts';

/**
 * Reads a password from the standard input, and prints the name and the hash of it; gives exit code 0. Throws a {@link UsageError} for a
 * name that no login can have, and a {@link StartError} for such a password.
 */
export async function printHash(name: string, environment: CliEnvironment): Promise<number> {
  if (/[:\p{Cc}]|^#|^$/u.test(name))
    throw new UsageError('a name has no colon and no control characters, and does not begin with #');
  const password = await readPassword(environment);
  if (password === '') throw new StartError('the password is empty');
  if (/\p{Cc}/u.test(password)) throw new StartError('a password is one line, without control characters');
  // The entry itself: imported at the top, the bundler would cut it up for all who import it.
  const { hashPassword } = await import('../auth/index.ts');
  environment.stdout.write(`${name}:${await hashPassword(password)}\n`);
  return 0;
}
