/** How the host's code is asked: for how long it is waited for, and what its failure means. */
import { errorOfHost } from '../api/errors.ts';
import type { Expiry } from '../timers.ts';

/** What is waited for on behalf of a client, for as long as it is there. */
export interface Waiting {
  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Waits for what may never come. Rejects when the reply is not needed any longer, or when the wait expires. No timer stays behind. */
  wait<T>(work: PromiseLike<T>, expiry?: Expiry): Promise<T>;
}

/** The questions about one request. */
export class Asking {
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;

  /** Waits on behalf of `client`, and for each answer no longer than so many milliseconds; 0 is for ever. */
  constructor(
    readonly client: Waiting,
    readonly milliseconds: number,
  ) {}

  /** Aborted when no answer is waited for any longer: the reply is not needed, or one came too late. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.client.signal, this.#expiry.signal]);
    return this.#signal;
  }

  /**
   * The answer of the host's code; `name` is what it calls that. Throws 503 `UNAVAILABLE` if the code fails or takes too long, or the
   * error that the host wants to be sent.
   */
  async answer<T>(name: string, ask: () => T | PromiseLike<T>): Promise<T> {
    try {
      const given = ask();
      return await (isPromise(given) ? this.#wait(name, given) : given);
    } catch (cause) {
      throw errorOfHost(cause, 'access could not be checked');
    }
  }

  #wait<T>(name: string, work: PromiseLike<T>): Promise<T> {
    const { client, milliseconds } = this;
    return client.wait(work, milliseconds === 0 ? undefined : { milliseconds, expire: () => this.#expire(name) });
  }

  /** Tells those who still work on an answer, and gives the reason. */
  #expire(name: string): DOMException {
    const message = `${name} gave no answer for ${this.milliseconds} ms, which is as long as the option timeouts.authorize lets it take`;
    const reason = new DOMException(message, 'TimeoutError');
    this.#expiry.abort(reason);
    return reason;
  }

  get #expiry(): AbortController {
    this.#controller ??= new AbortController();
    return this.#controller;
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
