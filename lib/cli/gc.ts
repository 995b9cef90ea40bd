/** `stowage gc`: one collection, whether or not a registry serves from the storage. */
import { type Amount, type CollectionReport, type CollectionStep, collect, type KeepReason } from '../upkeep/index.ts';
import { countText, sizeText } from './amounts.ts';
import type { CliEnvironment } from './environment.ts';
import { interruptible } from './interruptible.ts';
import type { GcArguments } from './parse-arguments.ts';
import { withInventory } from './storage.ts';

/**
 * Collects and prints what was done. Gives exit code 0; 1 where another process collects, or something could not be read and was left as it is; that of
 * the signal where one came. Throws a `StartError` where the storage cannot be read or written.
 */
export function gc({ storage, collection, json }: GcArguments, environment: CliEnvironment): Promise<number> {
  const { stdout, stderr } = environment;
  const isTold = collection.dryRun || collection.explain;
  const onStep = (step: CollectionStep): void => {
    if (isTold) stdout.write(`${json ? JSON.stringify(step) : lineOf(step)}\n`);
  };
  return interruptible(environment, async (signal) => {
    const report = await withInventory(storage, 'collect the garbage of', (driver) =>
      collect(driver, { ...collection, onStep, signal }),
    );
    stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(report, collection.dryRun ?? false));
    for (const { repository, error } of report.skipped)
      stderr.write(`stowage: ${repository} is left as it is, as it cannot be read: ${error}\n`);
    if (report.outcome === 'busy') stderr.write('stowage: another process collects already; nothing was done here\n');
    return report.outcome === 'busy' || report.skipped.length > 0 ? 1 : 0;
  });
}

/** Why something stays. */
const reasons: Readonly<Record<KeepReason, string>> = {
  needed: 'it is needed',
  young: 'it was pushed a short time ago',
  grace: 'it lies in the trash, and not long enough',
};

function lineOf(step: CollectionStep): string {
  const action = step.action.padEnd('bring-back'.length);
  if (step.action === 'skip') return `${action}  ${step.repository}  ${step.error}`;
  if (step.action === 'untag') return `${action}  ${step.repository}:${step.tag}  ${step.digest}`;
  const why = step.action === 'keep' ? `: ${reasons[step.reason]}` : '';
  return `${action}  ${step.repository}  ${step.kind} ${step.digest}  ${sizeText(step.bytes)}${why}`;
}

function textOf(report: CollectionReport, isDryRun: boolean): string {
  if (report.outcome === 'busy') return '';
  const { discarded, removed, broughtBack, untagged, freed, repositories, milliseconds } = report;
  const rows = [
    ['put into the trash', amountText(discarded)],
    ['removed from the trash', amountText(removed)],
    ['brought back', amountText(broughtBack)],
    ['removed', untagged > 0 ? countText(untagged, 'tag') : undefined],
    ['freed', amountText({ manifests: 0, ...freed })],
  ].flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
  const end = report.outcome === 'partly' ? '; its time was over, and the next one goes on there' : '';
  const looked = `looked through ${countText(repositories, 'repository', 'repositories')} in ${(milliseconds / 1000).toFixed(1)} s${end}`;
  const title = isDryRun ? ['nothing was done; this would be:'] : [];
  return [...title, ...(rows.length > 0 ? rows : ['there is nothing to be done']), looked, ''].join('\n');
}

/** Undefined for nothing. */
function amountText({ blobs, manifests, bytes }: Amount): string | undefined {
  const counts = [...(blobs > 0 ? [countText(blobs, 'blob')] : []), ...(manifests > 0 ? [countText(manifests, 'manifest')] : [])];
  return counts.length > 0 ? [...counts, sizeText(bytes)].join(', ') : undefined;
}
