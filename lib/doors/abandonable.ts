/** A request whose reply may cease to be needed: its client leaves, or the registry is cut off. */
import { Abandoned } from '../reply.ts';
import { clearTimeout, type Expiry, setTimeout } from '../timers.ts';

interface Wait {
  reject(reason: unknown): void;
  readonly timer: NodeJS.Timeout | undefined;
}

export abstract class Abandonable {
  #controller: AbortController | undefined;
  #waits: Set<Wait> | undefined;
  #isAbandoned = false;

  /** Whether the reply is not needed any longer. */
  get wasAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAbandoned) this.abandon();
    }
    return this.#controller.signal;
  }

  /**
   * Waits for what may never come, until the reply is not needed any longer or the wait expires. Not by the signal: its listeners cost
   * ten times as much.
   */
  wait<T>(work: PromiseLike<T>, expiry?: Expiry): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = expiry && setTimeout(() => reject(expiry.expire()), expiry.milliseconds);
      const wait: Wait = { reject, timer };
      this.#waits ??= new Set();
      this.#waits.add(wait);
      if (this.#isAbandoned) this.abandon();
      const forget = (): void => {
        clearTimeout(timer);
        this.#waits?.delete(wait);
      };
      work.then(resolve, reject);
      work.then(forget, forget);
    });
  }

  /** Aborts the signal and ends the waits: the reply is not needed any longer. */
  abandon(): void {
    this.#isAbandoned = true;
    const reason = new Abandoned();
    this.#controller?.abort(reason);
    for (const { reject, timer } of this.#waits ?? []) {
      clearTimeout(timer);
      reject(reason);
    }
  }
}
