/** `stowage token-key`: prints a new key for `stowage serve --token-key`. */
import type { CliEnvironment } from './environment.ts';

/** Prints the key, as JSON on one line; gives exit code 0. */
export async function printTokenKey({ stdout }: Pick<CliEnvironment, 'stdout'>): Promise<number> {
  const { tokenKey } = await import('../auth/index.ts');
  stdout.write(`${JSON.stringify(await tokenKey())}\n`);
  return 0;
}
