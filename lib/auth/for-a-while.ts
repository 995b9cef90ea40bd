/** Values that are remembered for a while, and not too many of them. */
import { now } from '../timers.ts';

/** Remembers values by name. The oldest goes where there are too many. */
export class ForAWhile<T> {
  readonly #values = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #most: number;

  constructor(most = 10_000) {
    this.#most = most;
  }

  /** The value of this name; undefined if there is none, or not any longer. */
  get(name: string): T | undefined {
    const found = this.#values.get(name);
    if (found && found.until > now()) return found.value;
    this.#values.delete(name);
    return undefined;
  }

  /** Forgets a value, whose time is not over. */
  delete(name: string): void {
    this.#values.delete(name);
  }

  /** Forgets all. */
  clear(): void {
    this.#values.clear();
  }

  /** Remembers a value for so many milliseconds. */
  set(name: string, value: T, milliseconds: number): void {
    this.#values.delete(name);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size < this.#most) break;
      this.#values.delete(oldest);
    }
    this.#values.set(name, { value, until: now() + milliseconds });
  }
}
