/** `npm start` runs this program as the child of a shell, and npm passes signals on to that shell only. */

const pollMilliseconds = 250;

/**
 * Resolves when the shell between npm and this process has exited: the signal that ended it was meant for this process. It
 * never resolves if npm did not start this process.
 */
export function npmShellExit(process: Pick<NodeJS.Process, 'env' | 'ppid'>): Promise<void> {
  if (process.env.npm_lifecycle_event === undefined) return new Promise(() => {});
  const shell = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(timer);
      resolve();
    }, pollMilliseconds).unref();
  });
}
