/** Calls of functions of the host whose result changes nothing: listeners and loggers. */

/**
 * Calls, and tells what was thrown, or what the promise rejected with where the call gave one. Never throws. Resolves when that
 * promise has settled; undefined if there was none to wait for.
 */
export function guarded(call: () => unknown, onFailure: (error: unknown) => void): Promise<unknown> | undefined {
  try {
    const result = call();
    // Anything that has a `then`, whatever its class.
    if (typeof result === 'object' && result !== null) return Promise.resolve(result).catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
  return undefined;
}
