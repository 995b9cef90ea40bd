/** What a command is: a call with its arguments that can be played on a driver and on the model, and read. */
import type { Driver } from '../../../driver.ts';
import type { Storage } from '../definition.ts';
import type { OptionalMethod } from '../options.ts';
import { shortened, textOf } from './answers.ts';
import type { Model } from './model.ts';
import { numbered } from './pools.ts';

/** What a sequence is played on. */
export interface World {
  driver: Driver;
  readonly storage: Storage;
  readonly model: Model;
}

/** What came of a command. */
export interface Played {
  readonly answered: string;
  readonly expected: string;
  /** What the driver threw. */
  readonly cause?: unknown;
}

/** A call with its arguments. It needs nothing that went before. */
export interface Command {
  /** The method of the contract: `blobs.get`. */
  readonly method: string;
  /** The call, for people. */
  readonly line: string;
  /** The method without which it is left out. */
  readonly needs?: OptionalMethod;
  /** Plays it on the model alone, as if a driver had answered. */
  foresee(model: Model): void;
  /** Plays it on the driver, then on the model. */
  play(world: World): Promise<Played>;
}

/** A command, before its answers are text. */
export interface Call<A> {
  /** The answer of the driver. The model says in which states its uploads are. */
  ask(world: World): Promise<A>;
  /** What the driver should have answered. Where the contract leaves that open, and for tokens, it follows the answer. */
  tell(model: Model, answer?: A): A;
}

/** Makes a command of a method, its arguments as they are shown, and the call. */
export function command<A>(method: string, shown: readonly unknown[], { ask, tell }: Call<A>): Command {
  const told = shown.filter((each) => each !== undefined).map((each) => (typeof each === 'string' ? each : textOf(each)));
  return {
    method,
    line: shortened(numbered(`${method}(${told.join(', ')})`)),
    foresee: (model) => void tell(model),
    async play(world) {
      let answer: A;
      try {
        answer = await ask(world);
      } catch (cause) {
        return { answered: `threw ${String(cause)}`, expected: textOf(tell(world.model)), cause };
      }
      return { answered: textOf(answer), expected: textOf(tell(world.model, answer)) };
    },
  };
}

/** Makes a command of a call that a driver and the model take alike. */
export function alike(method: string, shown: readonly unknown[], call: (store: Driver | Model) => unknown): Command {
  return command(method, shown, { ask: async ({ driver }) => call(driver), tell: (model) => call(model) });
}
