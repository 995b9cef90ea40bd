/** Which calls to a storage are to fail. */
import type { Faults } from '../../../lib/testing/suite/index.ts';

/** Counts the calls to a storage, and has some of them fail. */
export interface Plan extends Faults {
  /** Counts a call. Throws if it is to fail, as if the connection had broken. */
  call(): void;
}

const never = (): boolean => false;

/** A plan under which nothing fails yet. */
export function createPlan(): Plan {
  let made = 0;
  let fails: (call: number) => boolean = never;
  return {
    calls: () => made,
    call() {
      made += 1;
      if (fails(made)) throw new Error('the connection was made to fail');
    },
    fail(call, how) {
      const first = made + call;
      fails = (number) => (how === 'once' ? number === first : number >= first);
    },
    heal() {
      fails = never;
    },
  };
}
