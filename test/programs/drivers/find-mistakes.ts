/** Plants mistakes into the driver on PostgreSQL, one at a time, and looks how often the suite finds them. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DriverUnderTest, driverCases, runCases } from '../../../lib/testing/suite/index.ts';
import { type Edit, mistakes } from './mistakes.ts';
import type { CreateDriver } from './postgresql.ts';
import { startPostgresqlWith } from './postgresql.ts';

/** How often the case of each mistake is run, each time with another seed. */
const runs = 20;

const project = join(import.meta.dirname, '../../..');

/** A mistake, and in how many runs its case failed. */
export interface Finding {
  readonly mistake: string;
  readonly foundBy: string;
  readonly found: number;
  readonly runs: number;
}

/**
 * Runs the case of each mistake whose name has this text on a driver that has it; `onFinding` is called with each result. Throws if a case fails on the driver
 * as it is, or if what a mistake is to be planted into is not there exactly once.
 */
export async function findMistakes(text: string, onFinding: (finding: Finding) => void): Promise<void> {
  // Within the project, where the driver finds its packages.
  const parent = join(project, '.cache');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'mistakes-'));
  const asked = mistakes.filter(({ name }) => name.includes(text));
  let create: CreateDriver = await driverWith([], join(folder, 'none'));
  const { options, close } = await startPostgresqlWith({ durable: false }, (where) => create(where));
  try {
    for (const name of new Set(asked.map(({ foundBy }) => foundBy))) {
      if ((await countFailures(options, name, 1)) > 0) throw new Error(`without any mistake this fails: ${name}`);
    }
    for (const [index, { name, edits, foundBy }] of asked.entries()) {
      create = await driverWith(edits, join(folder, `${index}`));
      onFinding({ mistake: name, foundBy, found: await countFailures(options, foundBy, runs), runs });
    }
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
}

/** A copy of the driver, edited. Throws if what is to be edited is not there exactly once. */
export async function driverWith(edits: readonly Edit[], folder: string): Promise<CreateDriver> {
  await cp(join(project, 'examples/drivers/postgresql'), folder, { recursive: true });
  for (const { file, from, to } of edits) {
    const path = join(folder, file);
    const parts = (await readFile(path, 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${from}`);
    await writeFile(path, parts.join(to));
  }
  const { postgresqlDriver } = await import(pathToFileURL(join(folder, 'driver.ts')).href);
  return postgresqlDriver;
}

/** In how many runs a case fails. */
async function countFailures(options: DriverUnderTest, name: string, times: number): Promise<number> {
  let failures = 0;
  for (let run = 1; run <= times; run++) {
    const cases = driverCases({ ...options, amounts: { seed: `mistakes ${run}` } }).filter((each) => each.name === name);
    if (cases.length !== 1) throw new Error(`the suite has ${cases.length} cases of this name, not one: ${name}`);
    const results = await runCases(cases);
    failures += results.filter(({ outcome }) => outcome === 'failed').length;
  }
  return failures;
}
