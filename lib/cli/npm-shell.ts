/** Started by npm, this program is a child of a shell that npm started; and npm passes signals on to that shell only. */

const lookMilliseconds = 250;

/**
 * Resolves when the shell between npm and this process is gone, and never where there is none: the signal that ended it
 * was meant for this process.
 */
export function endOfNpmShell(process: Pick<NodeJS.Process, 'env' | 'ppid'>): Promise<void> {
  if (process.env.npm_lifecycle_event === undefined) return new Promise(() => {});
  const shell = process.ppid;
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(look);
      resolve();
    }, lookMilliseconds).unref();
  });
}
