/** `Expect: 100-continue`: a client that waits with its body until it is asked for it (RFC 9110 section 10.1.1). */
import type { ServerResponse } from 'node:http';

/** A client that waits to be asked for its body. */
export class Expectation {
  #open = true;

  constructor(private readonly response: ServerResponse) {}

  /** Whether the client still waits. */
  isOpen(): boolean {
    return this.#open;
  }

  /** Sends 100 Continue, once. */
  sendContinue(): void {
    if (this.#open && !this.response.headersSent) this.response.writeContinue();
    this.#open = false;
  }
}
