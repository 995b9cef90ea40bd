/** Which calls to a storage are to fail. */
import type { Faults } from '../../../lib/testing/suite/index.ts';

/** When the connection breaks: before the call gets to the server, or once it is done there and its answer is on the way. */
export type Breaks = 'before the call' | 'before the answer';

/** Counts the calls to a storage, and has some of them fail. */
export interface Plan extends Faults {
  /** Makes a call, unless it is to fail. Rejects if it is, as if the connection had broken. */
  run<T>(call: () => Promise<T>): Promise<T>;
}

const never = (): boolean => false;

/** A plan under which nothing fails yet. Of calls that go on failing, only the first one may get to the server. */
export function createPlan(breaks: Breaks): Plan {
  let made = 0;
  let first = 0;
  let fails: (call: number) => boolean = never;
  return {
    calls: () => made,
    async run(call) {
      made += 1;
      const mine = made;
      if (!fails(mine)) return call();
      if (breaks === 'before the answer' && mine === first) await call();
      throw new Error('the connection was made to fail');
    },
    fail(call, how) {
      first = made + call;
      fails = (number) => (how === 'once' ? number === first : number >= first);
    },
    heal() {
      fails = never;
    },
  };
}
