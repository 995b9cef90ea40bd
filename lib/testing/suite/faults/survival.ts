/** What survives a loss of power. */
import { drawFrom } from '../model/random.ts';

/** A choice for each change that is pending. */
export interface Survival {
  /** What survives. */
  readonly name: string;
  /** Says of one change after the other, the oldest first, whether it survives. */
  survives(): boolean;
}

/**
 * Which changes are lost alone, counted from the last. A file that is made, written and renamed is three of them: its content is
 * the last but one, and what should be durable before the file is the last but three.
 */
const lostAlone = [1, 3] as const;

/** Everything survives, or nothing; it counts how many changes it was asked for. */
export interface AllOrNothing extends Survival {
  asked(): number;
}

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

/** One of the latest changes is lost, and what follows it is not. */
function allButOne({ asked: pending }: AllOrNothing, fromEnd: number): Survival {
  let asked = 0;
  return {
    name: `everything that is pending survives but one change, the last but ${fromEnd}`,
    survives: () => ++asked !== pending() - fromEnd,
  };
}

/** Each change survives as chance has it. */
function someSurvives(seed: string, call: number): Survival {
  const random = drawFrom(seed, call);
  return { name: `of what is pending some survives (seed '${seed}')`, survives: () => random.chance(0.5) };
}

/** What may survive beside nothing, to be taken one after the other: everything, all but one, some. */
export function survivals(seed: string, call: number): Survival[] {
  const everything = allOrNothing(true);
  return [everything, ...lostAlone.map((fromEnd) => allButOne(everything, fromEnd)), someSurvives(seed, call)];
}
