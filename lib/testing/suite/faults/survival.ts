/** Which changes survive a loss of power. */
import { createRandom } from '../model/random.ts';

/** A choice for each change that was not durable when the power was lost. */
export interface Survival {
  /** As part of a sentence: `nothing that is pending survives`. */
  readonly name: string;
  /** Called once for each pending change, the oldest first; gives whether it survives. */
  survives(): boolean;
}

/**
 * The changes that are lost alone, counted back from the last (0). A file that is created, written and renamed makes three
 * changes: 1 is its content, and 3 is what should have been durable before the file was begun.
 */
const lostAlone = [1, 3] as const;

/** Everything survives, or nothing. It counts the pending changes. */
export interface AllOrNothing extends Survival {
  /** How many changes `survives` was asked about. */
  asked(): number;
}

/** Lets every pending change survive, or none. */
export function allOrNothing(all: boolean): AllOrNothing {
  let asked = 0;
  return {
    name: `${all ? 'everything' : 'nothing'} that is pending survives`,
    asked: () => asked,
    survives() {
      asked += 1;
      return all;
    },
  };
}

/** Loses one of the latest changes, and keeps those after it. */
function allButOne({ asked: pending }: AllOrNothing, fromEnd: number): Survival {
  let asked = 0;
  return {
    name: `everything that is pending survives but one change, the last but ${fromEnd}`,
    survives: () => ++asked !== pending() - fromEnd,
  };
}

/** Lets each change survive with probability one half, drawn from the seed. */
function someSurvives(seed: string, call: number): Survival {
  const random = createRandom(seed, call);
  return { name: `of what is pending some survives (seed '${seed}')`, survives: () => random.chance(0.5) };
}

/** The choices to try beside `nothing survives`, in this order: everything, all but one, some. The order counts: the first one counts the changes. */
export function survivals(seed: string, call: number): Survival[] {
  const everything = allOrNothing(true);
  return [everything, ...lostAlone.map((fromEnd) => allButOne(everything, fromEnd)), someSurvives(seed, call)];
}
