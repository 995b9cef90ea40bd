/** Output whose reader has gone, such as a log collector that was restarted, or whose disk is full. */

/** As much of a stream as it takes. */
interface Stream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Keeps the process going where a stream can no longer be written: without a listener, its 'error' (EPIPE) is an uncaught
 * exception and ends the process. That the standard output is lost is told once, on the other stream.
 */
export function outliveReaders(stdout: Stream, stderr: Stream): void {
  let told = false;
  stdout.on('error', ({ message }) => {
    if (!told) stderr.write(`stowage: the standard output cannot be written (${message}); what goes there is lost\n`);
    told = true;
  });
  // There is nowhere left to tell it.
  stderr.on('error', () => {});
}
