/** `stowage check-s3`: tests which guarantees an object store really gives. */
import { bucketUrl, loadS3 } from './bucket.ts';
import type { CliEnvironment } from './environment.ts';
import type { BucketArguments } from './parse-arguments.ts';

const remarks = { always: '', 'for redirect': ' (for redirect)', never: ' (not needed)' } as const;

/** Prints the guarantees of a store; gives exit code 0 if the driver can work with them, else 1. */
export async function checkBucket(asked: BucketArguments, { stdout }: CliEnvironment): Promise<number> {
  const { checkS3, options } = await loadS3(asked);
  const guarantees = await checkS3(options);
  const lines = guarantees.map(
    ({ name, holds, needed, why }) => `${holds ? 'yes  ' : 'NO   '} ${name}${remarks[needed]}${why ? `: ${why}` : ''}`,
  );
  const enough = guarantees.every(({ holds, needed }) => holds || needed !== 'always');
  stdout.write(
    [bucketUrl(asked), '', ...lines, '', enough ? 'a registry can be kept here' : 'do not keep a registry here', ''].join('\n'),
  );
  return enough ? 0 : 1;
}
