/** The options of a collection. */
import { abortSignal, boolean, isWhole, list, must } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import { createRetention, type Retention, type TagRule } from './retention.ts';

/** What is collected, and when. */
export interface CollectionOptions {
  /** How long something lies in the trash before it is removed, in milliseconds, and an eighth of that at most. Default: 24 hours. */
  readonly grace?: number | undefined;
  /** What was pushed within so many milliseconds stays where it is: its manifest or its tag may follow. Default: 1 hour. */
  readonly minAge?: number | undefined;
  /**
   * Manifests without a tag that nothing else needs: they stay, as somebody may pull them by digest, or go once they were pushed so many
   * milliseconds ago. Default: `'keep'`. What was needed for a tag alone that goes by a rule goes with that.
   */
  readonly untagged?: 'keep' | number | undefined;
  /** Which tags stay. Default: all. */
  readonly keep?: readonly TagRule[] | undefined;
  /** Whether there is a step for everything that stays, with the reason. Default: false. */
  readonly explain?: boolean | undefined;
  /** Ends it: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** The same, as it was read. */
export interface CollectionSettings {
  readonly grace: number;
  readonly minAge: number;
  readonly untagged: 'keep' | number;
  /** Undefined where all tags stay. */
  readonly retention: Retention | undefined;
  readonly explain: boolean;
  readonly signal: AbortSignal | undefined;
}

const isDuration = (value: unknown): boolean => isWhole(value) && value >= 0;
const milliseconds = must('be a number of milliseconds', isDuration);

/** What holds for each option. */
export const collectionRules = {
  grace: { check: milliseconds, default: 24 * 3_600_000 },
  minAge: { check: milliseconds, default: 3_600_000 },
  untagged: {
    check: must("be 'keep' or a number of milliseconds", (value) => value === 'keep' || isDuration(value)),
    default: 'keep',
  },
  keep: { check: list, default: [] },
  explain: { check: boolean, default: false },
  signal: { check: abortSignal },
} as const satisfies OptionRules<CollectionOptions>;

/** The settings that options make which were checked. */
export function settingsOf({
  keep,
  ...settings
}: Omit<CollectionSettings, 'retention'> & { readonly keep: readonly TagRule[] }): CollectionSettings {
  return { ...settings, retention: keep.length > 0 ? createRetention(keep) : undefined };
}

/** Reads options. Throws a TypeError that lists everything that is wrong with them, as given to `maker`. */
export function readOptions(maker: string, options: CollectionOptions): CollectionSettings {
  return settingsOf(parseOptions(maker, options, collectionRules));
}
