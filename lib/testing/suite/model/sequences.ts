/** Sequences of commands, played on a driver and on the model until an answer differs, and made shorter while it does. */

import type { Storage } from '../definition.ts';
import { type ContractPromise, promises } from '../promises.ts';
import { shortened } from './answers.ts';
import type { Command, Played } from './command.ts';
import { emptyModel } from './model.ts';
import { numbered } from './pools.ts';

/** Where a driver answered otherwise than the model. */
export interface Difference extends Played {
  /** The commands up to that answer. */
  readonly commands: readonly Command[];
}

/** How often a sequence is played again to make it shorter. */
const mostReplays = 300;

/** Plays the commands on a storage of its own. Undefined if all answers are those of the model. */
export async function differenceIn(commands: readonly Command[], storage: Storage): Promise<Difference | undefined> {
  try {
    return await storage.another(async (driver, own) => {
      const world = { driver, storage: own, model: emptyModel() };
      for (const [index, command] of commands.entries()) {
        if (command.needs !== undefined && storage.lacks.includes(command.needs)) continue;
        const played = await command.play(world);
        if (played.answered !== played.expected) return { ...played, commands: commands.slice(0, index + 1) };
      }
      return undefined;
    });
  } catch (cause) {
    // The storage could not be had, or something is left of what is over.
    return { commands, answered: `then threw ${String(cause)}`, expected: 'nothing else', cause };
  }
}

/** Leaves out commands, one at a time, while there is a difference without them. */
export async function shrunk(found: Difference, storage: Storage): Promise<Difference> {
  let least = found;
  let replays = 0;
  let before: number;
  do {
    before = least.commands.length;
    for (let place = before - 1; place >= 0 && replays < mostReplays; place--, replays++) {
      const fewer = await differenceIn(least.commands.toSpliced(place, 1), storage);
      if (fewer === undefined) continue;
      least = fewer;
      // It may differ earlier now.
      place = Math.min(place, least.commands.length);
    }
    // What was needed may not be any more.
  } while (least.commands.length < before);
  return least;
}

/** The commands line by line, what came of the last one, and what the contract says of its method. */
export function told({ commands, answered, expected }: Difference): string {
  const [short, wanted] = [answered, expected].map((text) => shortened(numbered(text)));
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
