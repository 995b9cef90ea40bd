/** Why a command could not begin. The message is one line for the person who started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The message of whatever was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s*\n\s*/g, ' ');
}
