/** How much the driver suite does in these tests. */

const sequences = Number(process.env.STOWAGE_SEQUENCES || 300);

/** How many random sequences are played on each driver: `STOWAGE_SEQUENCES`, or 300. */
export const amounts = { sequences };

/** A tenth of that, and some of the rounds of races, for drivers that are slow, or like one that plays all of them. */
export const few = { sequences: Math.ceil(sequences / 10), rounds: 8 };
