import type { createRegistryHandler, Driver } from '../../lib/index.ts';

/** The library under test, as it is in the tree or as it is built. */
export interface Library {
  readonly createRegistryHandler: typeof createRegistryHandler;
  readonly memoryDriver: () => Driver;
}

/**
 * Sends so many bodies of 8 MiB that are refused. Gives what each client that did not get its whole refusal saw instead,
 * and the most bytes that the server took of one connection.
 */
export function refuse(
  library: Library,
  options: { readonly tries: number; readonly atOnce: number },
): Promise<{ readonly wrong: string[]; readonly mostRead: number }>;
