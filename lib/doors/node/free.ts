/** Freeing the memory of buffers that nothing needs any longer, at once. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** A port that leads nowhere: what is transferred through it is gone. Opened when it is first needed, as that takes a millisecond. */
let nowhere: MessagePort | undefined;

function openNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

/**
 * Detaches buffers from their memory, which is free then: they have no bytes afterwards. Left to the garbage collector, memory outside of
 * its heap makes it run again and again for little. A buffer that has its memory from a larger one stays as it is.
 */
export function free(buffers: readonly Uint8Array[]): void {
  const whole = new Set<ArrayBuffer>();
  for (const { buffer, byteLength } of buffers) {
    if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength > 0) whole.add(buffer);
  }
  if (whole.size === 0) return;
  nowhere ??= openNowhere();
  nowhere.postMessage(undefined, [...whole]);
}
