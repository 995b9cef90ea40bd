/** `stowage check-s3`: asks an object store what it really guarantees. */
import type { BucketArguments } from './arguments.ts';
import { loadS3, placeOf } from './bucket.ts';
import type { Surroundings } from './environment.ts';

const remarks = { always: '', 'for redirect': ' (for redirect)', never: ' (not needed)' } as const;

/** Prints what a store guarantees; gives 0 if that is all that the driver needs, else 1. */
export async function checkBucket(asked: BucketArguments, { stdout }: Surroundings): Promise<number> {
  const { checkS3, options } = await loadS3(asked);
  const guarantees = await checkS3(options);
  const lines = guarantees.map(
    ({ name, holds, needed, why }) => `${holds ? 'yes  ' : 'NO   '} ${name}${remarks[needed]}${why ? `: ${why}` : ''}`,
  );
  const enough = guarantees.every(({ holds, needed }) => holds || needed !== 'always');
  stdout.write(
    [placeOf(asked), '', ...lines, '', enough ? 'a registry can be kept here' : 'do not keep a registry here', ''].join('\n'),
  );
  return enough ? 0 : 1;
}
