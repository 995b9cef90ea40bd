/** Plays sequences of commands on a driver and on the model until an answer differs, and shrinks those that differ. */
import type { Storage } from '../definition.ts';
import { type ContractPromise, promises } from '../promises.ts';
import type { Command, Outcome } from './command.ts';
import { shortenDigests } from './format-answer.ts';
import { createModel } from './model.ts';
import { numberUploads } from './pools.ts';

/** A sequence whose last command a driver answered differently from the model. */
export interface Difference extends Outcome {
  /** The commands up to the one that differs. */
  readonly commands: readonly Command[];
}

/** How often a sequence is played again, at most, to shrink it. */
const mostReplays = 300;

/** Plays the commands on a new storage. Undefined if the driver answers them all as the model does. */
export async function findDifference(commands: readonly Command[], storage: Storage): Promise<Difference | undefined> {
  try {
    return await storage.another(async (driver, own) => {
      const world = { driver, storage: own, model: createModel() };
      for (const [index, command] of commands.entries()) {
        if (command.needs !== undefined && storage.lacks.includes(command.needs)) continue;
        const played = await command.play(world);
        if (played.answered !== played.expected) return { ...played, commands: commands.slice(0, index + 1) };
      }
      return undefined;
    });
  } catch (cause) {
    // It threw outside of a command: create() failed, or staged() was not empty afterwards.
    return { commands, answered: `then threw ${String(cause)}`, expected: 'nothing else', cause };
  }
}

/** Shrinks a sequence: leaves out one command at a time as long as a difference remains. */
export async function shrink(found: Difference, storage: Storage): Promise<Difference> {
  let least = found;
  let replays = 0;
  let before: number;
  do {
    before = least.commands.length;
    for (let place = before - 1; place >= 0 && replays < mostReplays; place--, replays++) {
      const fewer = await findDifference(least.commands.toSpliced(place, 1), storage);
      if (fewer === undefined) continue;
      least = fewer;
      // The difference may come earlier now, in a shorter sequence.
      place = Math.min(place, least.commands.length);
    }
    // Another round: a command that was needed before may not be needed any more.
  } while (least.commands.length < before);
  return least;
}

/** The commands line by line, the two answers to the last one, and what the contract says of its method. */
export function formatDifference({ commands, answered, expected }: Difference): string {
  const [short, wanted] = [answered, expected].map((text) => shortenDigests(numberUploads(text)));
  const alike = short === wanted;
  return [
    ...commands.map(({ line }, place) => `  ${place + 1}. ${line}`),
    `  the driver answered:  ${alike ? answered : short}`,
    `  the model expected:   ${alike ? expected : wanted}`,
    ...contractOf(commands.at(-1)?.method ?? '').map((says) => `  the contract says:    ${says}`),
  ].join('\n');
}

const stores: Readonly<Record<string, string>> = { blobs: 'BlobStore', uploads: 'UploadStore', manifests: 'ManifestStore' };

/** The sentences of the contract about a method. */
function contractOf(method: string): string[] {
  const [store = '', name] = method.split('.');
  const all: readonly ContractPromise[] = Object.values(promises);
  return all.filter(({ where }) => where === `${stores[store]}.${name}`).map(({ says }) => says);
}
