/** What a flag of the command line is, and how the text behind it is read. */
import type { OptionRow } from '../checks/options.ts';

/** A command line that asks for nothing that exists. The message is one line for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A flag that is there or not. */
export interface SwitchFlag {
  /** Its name after the dashes, where that is not the name of the argument: `no-delete`. */
  readonly name?: string;
  /** What it does, for the help. */
  readonly sentence: string;
  /** Whether it turns the argument off. */
  readonly off?: true;
}

/** A flag with a value. */
export interface ValueFlag<Value> extends Omit<SwitchFlag, 'off'> {
  /** What stands for the value in the help: `DIR`. */
  readonly value: string;
  /** The text that is read where the flag is left out; without it, the argument is then undefined. */
  readonly default?: string;
  /** What the help says of a flag that is left out, where that is decided elsewhere. */
  readonly otherwise?: string;
  /** Whether the command cannot do without it. */
  readonly required?: true;
  /** Whether it can be repeated; the argument is then an array. Of any other flag, the last one counts. */
  readonly multiple?: true;
  /** Reads its text, which is not empty. Throws a {@link UsageError}, which names the flag. */
  read(text: string, flag: string): Value;
}

/** What can be typed after a command. */
export type Flag = SwitchFlag | ValueFlag<unknown>;

/** The flags of a command, under the names of its arguments. */
export interface Flags {
  readonly [argument: string]: Flag;
}

/** The arguments that flags become. */
export type ArgumentsOf<Given extends Flags> = {
  readonly [Argument in keyof Given]: Given[Argument] extends { read(text: string, flag: string): infer Value }
    ? Given[Argument] extends { readonly multiple: true }
      ? readonly Value[] | undefined
      : Given[Argument] extends { readonly default: string }
        ? Value
        : Value | undefined
    : boolean;
};

/** The name of a flag after its dashes: `allow-missing-references` for `allowMissingReferences`. */
export function nameOf(argument: string, { name }: Flag): string {
  return name ?? argument.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The texts behind a flag as its argument; none where the flag was left out. A switch has a text for each time it is there. */
export function argumentOf(flag: string, described: Flag, texts: readonly string[]): unknown {
  if (!('read' in described)) return texts.length > 0 !== (described.off ?? false);
  const given = texts.length === 0 && described.default !== undefined ? [described.default] : texts;
  const read = given.map((text) => described.read(nonEmpty(text, flag), flag));
  return described.multiple && read.length > 0 ? read : read.at(-1);
}

function nonEmpty(text: string, flag: string): string {
  if (text.trim() === '') throw new UsageError(`--${flag} is empty`);
  return text;
}

/** Reads what was given for a flag elsewhere, under a name of its own: errors have that. */
export function renamed<T>(flag: string, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message.replace(`--${flag}`, name));
  }
}

/** Takes a text as it is. */
export const anyText = (text: string): string => text;

/** The sentence and the check of the option of a driver that a flag sets. */
export function ofOption(driver: string, { sentence, check }: OptionRow): Pick<ValueFlag<string>, 'sentence' | 'read'> {
  const read = (text: string, flag: string): string => {
    const complaint = check(text);
    if (complaint !== undefined) throw new UsageError(`--${flag} ${complaint}`);
    return text;
  };
  return { sentence: `${driver}: ${sentence}`, read };
}

/** The sentence and the check of the option of a driver that a flag sets with a mode in octal digits: `640`. */
export function modeOfOption(driver: string, { sentence, check }: OptionRow): Pick<ValueFlag<number>, 'sentence' | 'read'> {
  const read = (text: string, flag: string): number => {
    const mode = /^[0-7]{3,4}$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
    if (check(mode) === undefined) return mode;
    const complaint = check(text)?.replaceAll(' 0o', ' ');
    throw new UsageError(`--${flag} ${complaint}`);
  };
  return { sentence: `${driver}: ${sentence}`, read };
}

/** Takes a whole number. */
export function numberFrom(least: number, most: number): ValueFlag<number>['read'] {
  return (text, flag) => {
    const number = Number(text);
    if (/^[0-9]{1,5}$/.test(text) && number >= least && number <= most) return number;
    throw new UsageError(`--${flag} is a number from ${least} to ${most}, not '${text}'`);
  };
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A text such as `30s`, `10m`, `24h`, `7d` or `2w` in milliseconds; undefined if it is none. */
export function millisecondsIn(text: string): number | undefined {
  const [, number, unit] = /^([0-9]{1,6})([smhdw])$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * unitMs[unit as keyof typeof unitMs];
}

/** What such texts are, for those who typed another one. */
export const durationWords = 'a time such as 30s, 10m, 24h or 7d';

/** Takes a time, and one of nothing only where that is the least; gives milliseconds. */
export function durationFrom(leastMs: 0 | 1): ValueFlag<number>['read'] {
  return (text, flag) => {
    const milliseconds = millisecondsIn(text);
    if (milliseconds !== undefined && milliseconds >= leastMs) return milliseconds;
    throw new UsageError(`--${flag} is ${durationWords}, not '${text}'`);
  };
}
