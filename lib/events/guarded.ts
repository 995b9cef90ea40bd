/** Calls of functions of the host whose result changes nothing: listeners and loggers. */

/** Calls, and tells what was thrown, or what the promise rejected with where it gave one. Never throws. */
export function guarded(call: () => unknown, onFailure: (error: unknown) => void): void {
  try {
    const result = call();
    // Anything that has a `then`, whatever its class.
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
}
