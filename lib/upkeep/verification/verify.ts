/** Verification: everything is read back. */
import { abortSignal, boolean, callable, listOf, must, positive } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import { type Driver, type RepositoryName, readRepositoryName } from '../../driver.ts';
import { now } from '../../timers.ts';
import { inventoryOf, repositoriesOf } from '../listings.ts';
import { patientLists } from './doubt.ts';
import type { Finding, VerificationReport } from './finding.ts';
import { createPace } from './pace.ts';
import { createRepositoryCheck } from './repository.ts';

/** What is verified, and how. */
export interface VerifyOptions {
  /** How many bytes are read per second at most. Default: as many as can be. */
  readonly rate?: number | undefined;
  /** The names of the repositories. Default: all. */
  readonly repositories?: readonly string[] | undefined;
  /** Whether blobs and manifests that are damaged are withdrawn, where the driver can do that: they are absent until they are pushed again. Default: false. */
  readonly withdraw?: boolean | undefined;
  /** Ends it: it rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Is told after each thing that was looked at, and each piece of a blob. */
  readonly onProgress?: ((report: VerificationReport) => void) | undefined;
}

/** Findings, as they are made. It can be iterated once. */
export interface Verification extends AsyncIterable<Finding> {
  /** How far it is or, at its end, what it did. */
  report(): VerificationReport;
}

const isName = (value: unknown): boolean => typeof value === 'string' && readRepositoryName(value) !== undefined;

const rules = {
  rate: { check: positive },
  repositories: { check: listOf(must('be the name of a repository', isName)) },
  withdraw: { check: boolean, default: false },
  signal: { check: abortSignal },
  onProgress: { check: callable },
} as const satisfies OptionRules<VerifyOptions>;

/** What is counted. */
export type Counts = { -readonly [Name in Exclude<keyof VerificationReport, 'seconds'>]: number };

/**
 * Reads everything back, beside any traffic: blobs and manifests against their digests, links against bytes, tags against manifests, what manifests
 * name against what their repository holds, lists of referrers against manifests. What lies in the trash is left there. A finding does
 * not end it, and nothing is told that was deleted or pushed meanwhile. A storage that fails altogether ends it with what the driver throws.
 *
 * @throws {TypeError} that lists everything that is wrong with the options, or says that the driver has no inventory
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { verify } from 'stowage/upkeep';
 *
 * const verification = verify(memoryDriver(), { rate: 50 * 2 ** 20 });
 * for await (const { repository, wrong } of verification) console.log(repository, wrong);
 * verification.report().findings; // => 0
 */
export function verify(driver: Driver, options: VerifyOptions = {}): Verification {
  const { rate, repositories, withdraw, signal, onProgress } = parseOptions('verify', options, rules);
  const inventory = inventoryOf(driver);
  if (withdraw && inventory.withdraw === undefined)
    throw new TypeError(`verify: the driver ${driver.name} cannot withdraw what is damaged`);
  const counts: Counts = { repositories: 0, blobs: 0, manifests: 0, tags: 0, findings: 0, withdrawn: 0, bytes: 0 };
  let [beganMs, endedMs]: [number | undefined, number | undefined] = [undefined, undefined];
  const report = (): VerificationReport => ({
    ...counts,
    seconds: beganMs === undefined ? 0 : ((endedMs ?? now()) - beganMs) / 1_000,
  });
  const inPace = createPace(rate, signal);
  const lists = patientLists(inventory, signal);
  const check = createRepositoryCheck(driver, lists, {
    counts,
    withdraw: withdraw ? inventory.withdraw?.bind(inventory) : undefined,
    signal,
    tell: () => onProgress?.(report()),
    pace: (bytes) => {
      counts.bytes += bytes;
      onProgress?.(report());
      return inPace(bytes);
    },
  });
  const names = repositories === undefined ? repositoriesOf(lists, undefined, signal) : new Set(repositories.flatMap(named));
  return {
    report,
    async *[Symbol.asyncIterator]() {
      beganMs ??= now();
      try {
        for await (const repo of names) {
          for await (const finding of check(repo, repositories !== undefined)) {
            counts.findings++;
            yield finding;
          }
          counts.repositories++;
          onProgress?.(report());
        }
      } finally {
        endedMs = now();
      }
    },
  };
}

const named = (text: string): readonly RepositoryName[] => {
  const name = readRepositoryName(text);
  return name === undefined ? [] : [name];
};
