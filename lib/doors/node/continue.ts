/** `Expect: 100-continue`: a client that waits with its body until it is asked for it (RFC 9110 section 10.1.1). */
import type { ServerResponse } from 'node:http';

/** What the client of one request waits for before it sends the body. */
export interface Expectation {
  /** Whether the client still waits. */
  isOpen(): boolean;
  /** Asks for the body, if the client waits to be asked. */
  meet(): void;
}

/** The expectation of a client that waits, or that of one which does not. */
export function expectationOf(response: ServerResponse, waits: boolean): Expectation {
  let open = waits;
  return {
    isOpen: () => open,
    meet: () => {
      if (open && !response.headersSent) response.writeContinue();
      open = false;
    },
  };
}
