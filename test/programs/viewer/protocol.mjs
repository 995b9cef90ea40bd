// @ts-check
/** The Chrome DevTools Protocol over a pair of pipes: messages of JSON, each ended by a zero byte. */

/**
 * @typedef {{ id?: number, sessionId?: string, method?: string, params?: any, result?: any, error?: { message: string } }} Message
 */

/**
 * Speaks the protocol until the browser closes its pipe; what then waits for an answer is rejected.
 * @param {import('node:stream').Writable} to
 * @param {import('node:stream').Readable} from
 */
export function speak(to, from) {
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  /** @type {Set<(message: Message) => void>} */
  const listeners = new Set();
  let last = 0;
  let rest = '';
  from.setEncoding('utf8').on('data', (piece) => {
    const messages = (rest + piece).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message));
  });
  from.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'));
  });

  /** @param {Message} message */
  function take(message) {
    const asked = waiting.get(message.id ?? 0);
    waiting.delete(message.id ?? 0);
    if (asked && message.error) asked.reject(new Error(message.error.message));
    else if (asked) asked.resolve(message.result);
    else for (const listener of listeners) listener(message);
  }

  return {
    /** Called with everything that the browser says without being asked. */
    listeners,

    /**
     * Sends a command, to a page if its session is given; gives the result.
     * @param {string} method
     * @param {object} [params]
     * @param {string} [sessionId]
     * @returns {Promise<any>}
     */
    send(method, params = {}, sessionId) {
      last += 1;
      const id = last;
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
  };
}
