/** A request whose reply may cease to be needed: its client leaves, or the registry is cut off. */
import { Abandoned } from '../reply.ts';

export abstract class Abandonable {
  #controller: AbortController | undefined;
  #waits: Set<(reason: Abandoned) => void> | undefined;
  #isAbandoned = false;

  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAbandoned) this.abandon();
    }
    return this.#controller.signal;
  }

  /** Waits for what may never come, until the reply is not needed any longer. Not by the signal: its listeners cost ten times as much. */
  wait<T>(work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waits ??= new Set();
      this.#waits.add(reject);
      if (this.#isAbandoned) this.abandon();
      const forget = (): void => void this.#waits?.delete(reject);
      work.then(resolve, reject);
      work.then(forget, forget);
    });
  }

  /** Aborts the signal and ends the waits: the reply is not needed any longer. */
  abandon(): void {
    this.#isAbandoned = true;
    const reason = new Abandoned();
    this.#controller?.abort(reason);
    for (const reject of this.#waits ?? []) reject(reason);
  }
}
