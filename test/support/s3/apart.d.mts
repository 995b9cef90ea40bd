import type { DoubleOptions } from './double.ts';
import type { Gateway } from './gateway.mjs';

/** What can be told to another process. */
export type Options = Pick<DoubleOptions, 'longestKept' | 'nests'>;

/** Starts the double in a process of its own. */
export function startS3DoubleApart(options?: Options): Promise<Gateway>;
