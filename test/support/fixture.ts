/** Registries of `stowage/testing` for the length of a test. */
import { onTestFinished } from 'vitest';
import { type StartOptions, startRegistry, type TestRegistry } from '../../lib/testing/fixture/index.ts';

/** Starts a registry that is closed when the test has finished. */
export async function startForTest(options?: StartOptions): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
}
