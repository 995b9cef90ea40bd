/** `stowage coverage`: sends every exchange to a running registry and prints which use cases it serves. */
import type { Coverage, Departure, UseCase } from '../coverage/ledger.ts';
import { survey } from '../testing/wire/survey.ts';
import type { CliEnvironment } from './environment.ts';
import type { CoverageArguments } from './parse-arguments.ts';
import { StartError } from './start-error.ts';

/**
 * Prints what a registry serves; gives exit code 0 if no reply departs from the table, else 1. Throws a {@link StartError} if the
 * registry cannot be reached.
 */
export async function coverage({ origin }: CoverageArguments, { stdout }: CliEnvironment): Promise<number> {
  const found = await survey(origin).catch((cause: unknown) => {
    throw new StartError(`${origin} could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  stdout.write(`${[`${origin}\n`, ...useCaseLines(found.useCases), '', ...summaryOf(found), ''].join('\n')}`);
  return found.departures.length === 0 ? 0 : 1;
}

function useCaseLines(useCases: readonly UseCase[]): string[] {
  const width = Math.max(...useCases.map(({ name }) => name.length));
  const lines = useCases.map(({ name, method, path, served, refused }) =>
    [
      name.padEnd(width),
      (served.join(' ') || 'never').padEnd(12),
      refused.join(' ').padEnd(24),
      `${method} ${path}`.trimEnd(),
    ].join('  '),
  );
  return [['use case'.padEnd(width), 'served'.padEnd(12), 'refused'.padEnd(24), 'request'].join('  '), ...lines];
}

function summaryOf({ obligations, departures }: Coverage): string[] {
  const met = obligations.filter((each) => each.met).length;
  return [
    `${met} of the ${obligations.length} things that the API promises were seen`,
    `${departures.length} replies depart from the API`,
    ...[...groupByObjection(departures)].map(
      ([objection, requests]) => `  ${requests.length} × ${objection}, first of ${requests[0]}`,
    ),
  ];
}

/** Requests grouped by an objection to their replies, the most frequent objection first. */
function groupByObjection(departures: readonly Departure[]): [objection: string, requests: string[]][] {
  const groups = new Map<string, string[]>();
  for (const { request, status, objections } of departures) {
    for (const objection of objections) groups.set(objection, [...(groups.get(objection) ?? []), `${request} (${status})`]);
  }
  return [...groups].sort(([, one], [, other]) => other.length - one.length);
}
