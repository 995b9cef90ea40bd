/** Bodies on their way in. */
import type { IncomingMessage } from 'node:http';

/** A body whole, or undefined where the connection went: by the client, or by a reset after so many bytes. */
export async function receive(message: IncomingMessage, resetAfter = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  // Leaving the loop early takes the socket off the message.
  const { socket } = message;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= resetAfter) break;
    }
  } catch {
    // The client went away: there is nobody to answer.
    return undefined;
  }
  if (resetAfter === Number.POSITIVE_INFINITY) return Buffer.concat(chunks, length);
  socket.resetAndDestroy();
  return undefined;
}
