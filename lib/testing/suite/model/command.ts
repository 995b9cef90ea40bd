/** A command: a call with its arguments, which can be played on a driver and on the model, and printed. */
import type { Driver } from '../../../driver.ts';
import type { Storage } from '../definition.ts';
import type { OptionalMethod } from '../options.ts';
import { formatAnswer, shortenDigests } from './format-answer.ts';
import type { Model } from './model.ts';
import { numberUploads } from './pools.ts';

/** What a sequence of commands is played on. */
export interface World {
  /** Another one after a `reopen`. */
  driver: Driver;
  readonly storage: Storage;
  readonly model: Model;
}

/** The answer of the driver and that of the model, as text. */
export interface Outcome {
  readonly answered: string;
  readonly expected: string;
  /** The value that the driver threw, if it threw. */
  readonly cause?: unknown;
}

/** A call with its arguments. It does not depend on earlier commands: any of them can be left out. */
export interface Command {
  /** The method of the contract: `blobs.get`. */
  readonly method: string;
  /** The call as text. */
  readonly line: string;
  /** The optional method that it calls; the command is left out if the driver lacks it. */
  readonly needs?: OptionalMethod;
  /** Plays it on the model alone, as if a driver had answered as the model does. */
  playOnModel(model: Model): void;
  /** Plays it on the driver, then on the model. */
  play(world: World): Promise<Outcome>;
}

/** The two halves of a command, before their answers become text. */
export interface Call<A> {
  /** Gives the answer of the driver. The states of uploads are read from the model. */
  onDriver(world: World): Promise<A>;
  /** Gives the answer that the contract asks for. Where the contract leaves it open, and for tokens, it follows `answer`. */
  onModel(model: Model, answer?: A): A;
}

/** Creates a command from a method, its arguments as they are printed, and the call. */
export function createCommand<A>(method: string, shown: readonly unknown[], { onDriver, onModel }: Call<A>): Command {
  const printed = shown
    .filter((each) => each !== undefined)
    .map((each) => (typeof each === 'string' ? each : formatAnswer(each)));
  return {
    method,
    line: shortenDigests(numberUploads(`${method}(${printed.join(', ')})`)),
    playOnModel: (model) => void onModel(model),
    async play(world) {
      let answer: A;
      try {
        answer = await onDriver(world);
      } catch (cause) {
        return { answered: `threw ${String(cause)}`, expected: formatAnswer(onModel(world.model)), cause };
      }
      return { answered: formatAnswer(answer), expected: formatAnswer(onModel(world.model, answer)) };
    },
  };
}

/** Creates a command from one call that is the same on a driver and on the model. */
export function createPlainCommand(method: string, shown: readonly unknown[], call: (store: Driver | Model) => unknown): Command {
  return createCommand(method, shown, { onDriver: async ({ driver }) => call(driver), onModel: (model) => call(model) });
}
