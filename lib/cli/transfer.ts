/** `stowage import` and `stowage export`: copies between the storage and another place. */
import { archive, type CopyReport, copy, dockerArchive, layout, type Place, registry, storage } from '../transfer/index.ts';
import { megabytes, stepsOn } from './copy-progress.ts';
import type { CliEnvironment } from './environment.ts';
import { interruption } from './interruption.ts';
import type { TransferArguments } from './parse-arguments.ts';
import type { PlaceArgument } from './place-argument.ts';
import { readLogin } from './registry-logins.ts';
import { messageOf, StartError } from './start-error.ts';
import { openStorage } from './storage.ts';
import type { Variables } from './variables.ts';

/**
 * Copies; gives the exit code: 0 done, 130 interrupted by Ctrl-C, 143 by SIGTERM. Throws a {@link StartError} that says why it cannot. Nothing is
 * half-written then: what is there of a folder or a storage is whole, and the same command goes on from there.
 */
export async function transfer(
  command: 'import' | 'export',
  asked: TransferArguments,
  environment: CliEnvironment,
): Promise<number> {
  const { allTags, platform, referrers, json, reference, as, place, repository } = asked;
  const { stdout, stderr, variables } = environment;
  const { driver, warning } = await openStorage(asked.storage);
  if (warning !== undefined && command === 'import') stderr.write(`stowage: warning: ${warning}\n`);
  const stopping = interruption(environment);
  const steps = stepsOn(json ? stderr : stdout);
  try {
    const [here, there] = [storage(driver, repository), await placeOf(place, repository, variables)];
    const [from, to] = command === 'import' ? [there, here] : [here, there];
    const report = await copy(from, to, {
      ...(reference !== undefined && { references: [reference] }),
      ...(platform && { platforms: platform }),
      ...{ allTags, as, referrers, signal: stopping.signal, onProgress: steps.step },
    });
    steps.close();
    stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report, to.name));
    return 0;
  } catch (error) {
    steps.close();
    if (stopping.code === undefined) throw new StartError(messageOf(error));
    stderr.write(`stowage: ${command} was interrupted; the same command goes on with what is missing\n`);
    return stopping.code;
  } finally {
    stopping.forget();
    await driver.close?.();
  }
}

async function placeOf(place: PlaceArgument, repository: string, variables: Variables): Promise<Place> {
  if (place.form === 'registry') return registry(place.url, { credentials: await readLogin(new URL(place.url).host, variables) });
  if (place.form === 'docker-archive') return dockerArchive(place.path, { repository });
  return place.form === 'layout' ? layout(place.path) : archive(place.path);
}

function textOf({ references, manifests, blobs, bytes, present, foreign }: CopyReport, to: string): string {
  const lines = references.map(({ reference, tag, digest }) => `${tag ?? reference} is ${digest} in ${to}`);
  const there = present.manifests + present.blobs;
  const counts = [
    `copied ${counted(manifests, 'manifest')} and ${counted(blobs, 'blob')}, ${megabytes(bytes)}`,
    ...(there > 0 ? [`there already: ${counted(present.manifests, 'manifest')} and ${counted(present.blobs, 'blob')}`] : []),
    ...(foreign > 0 ? [`not copied, as clients fetch them from elsewhere: ${counted(foreign, 'layer')}`] : []),
  ];
  return `${[...lines, counts.join('; ')].join('\n')}\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
