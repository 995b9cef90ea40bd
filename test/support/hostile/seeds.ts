/** How much chance a run has: the seed of everything that is drawn, and how many times as much as usual is tried. */
/**
 * The same for every run of `npm test`, so that a change is judged by what it changed; the torture draws a new one each
 * time. `STOWAGE_SEED` plays a run again.
 */
export const seed: string = process.env.STOWAGE_SEED ?? 'stowage';

/** `STOWAGE_TIMES`, for runs that may take longer. */
export const times: number = Number(process.env.STOWAGE_TIMES ?? 1);
