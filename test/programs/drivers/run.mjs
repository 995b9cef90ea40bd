// @ts-check
/**
 * The examples of drivers for databases, on real servers of Debian that this program starts and ends: the whole driver suite, a real
 * client, and how long a push and a pull take.
 *
 *     npm run drivers [-- postgresql redis]
 *     npm run drivers -- mistakes [TEXT]
 *
 * `mistakes` plants mistakes into the driver on PostgreSQL instead, one at a time, and fails unless the suite finds each
 * (those with the text in their name).
 */
import { deepEqual, ok, rejects } from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStorageFault } from '../../../lib/driver.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { capabilityReport, driverCases, runCases, wireCases } from '../../../lib/testing/suite/index.ts';
import { assertNoLeaks, countResources } from '../../../lib/testing/suite/leaks.ts';
import { startCounting } from '../../support/counting.ts';
import { installPrograms } from '../../support/debian.ts';
import { writeLayout } from '../clients/layout.mjs';
import { scenarios } from '../clients/scenarios.mjs';
import { createSkopeo } from '../clients/skopeo.mjs';
import { databases } from './databases.ts';
import { measureTransfers } from './figures.ts';
import { findMistakes } from './find-mistakes.ts';

const levels = /** @type {const} */ (['contract', 'concurrency', 'durability', 'scale']);
/** Seconds of each: a database that keeps up with these in a test keeps up with more on a machine of its own. */
const amounts = { sequences: 30, tags: 20_000, blobBytes: 2 ** 26, uploads: 500 };

const asked = process.argv.slice(2);
const { attempt, add, finish } = startCounting();
if (asked[0] === 'mistakes') await plantMistakes(asked[1] ?? '');
else await testDrivers(asked.length > 0 ? asked : Object.keys(databases));
finish();

/**
 * Prints how often each mistake was found whose name has this text, and counts those that were.
 * @param {string} text
 */
async function plantMistakes(text) {
  await findMistakes(text, ({ mistake, foundBy, found, runs }) => {
    console.log(`${mistake}\n    found in ${found} of ${runs} runs by: ${foundBy}`);
    add([found > 0 ? 'passed' : 'failed']);
  });
}

/**
 * Tests the drivers of these names.
 * @param {readonly string[]} names
 */
async function testDrivers(names) {
  const programs = installPrograms({ skopeo: 'skopeo', busybox: 'busybox-static' });
  const folder = await mkdtemp(join(tmpdir(), 'stowage-drivers-'));
  const source = join(folder, 'source');
  await writeLayout(source, await readFile(programs.busybox), ['amd64', 'arm64']);
  const skopeo = await createSkopeo(programs.skopeo, join(folder, 'home'));
  for (const name of names) {
    await runSuite(name);
    await loseAnswers(name);
    await attempt(`${name}: skopeo pushes images and pulls them back`, () =>
      onDurable(name, (database) => pushAndPull(database, { source, skopeo, newFolder: () => mkdtemp(join(folder, 'work-')) })),
    );
    await attempt(`${name}: close ends what the driver has made, and nothing else`, () => onDurable(name, closeOnce));
    await attempt(`${name}: a server that has ended is busy`, () => askEnded(name));
    await attempt(`${name}: a push and a pull are measured`, () => onDurable(name, (database) => printFigures(name, database)));
  }
  await rm(folder, { recursive: true });
}

/**
 * Runs the suite on all levels, and counts its cases.
 * @param {string} name
 */
async function runSuite(name) {
  const { options: given, close } = await start(name, { durable: false });
  const options = { ...given, levels, amounts };
  const started = performance.now();
  const results = await runCases([...driverCases(options), ...wireCases(options)]).finally(close);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${capabilityReport(options, results)}${name}: the suite took ${seconds} seconds`);
  add(results.map(({ outcome }) => outcome));
}

/**
 * Runs the cases of the suite about calls that fail, and about the death of the process, once more: now the server does what it was
 * asked for, and the connection breaks before the answer has come.
 * @param {string} name
 */
async function loseAnswers(name) {
  const { options: given, close } = await start(name, { durable: false, breaks: 'before the answer' });
  const options = {
    ...given,
    name: `${given.name}, whose answers get lost`,
    levels: /** @type {const} */ (['durability']),
    amounts,
  };
  const cases = driverCases(options).filter((each) => /^when (?:one call of the storage fails|the process dies)/.test(each.name));
  ok(cases.length > 20, `the suite has ${cases.length} cases of calls that fail`);
  const results = await runCases(cases).finally(close);
  console.log(capabilityReport(options, results));
  add(results.map(({ outcome }) => outcome));
}

/**
 * Does something on a server that keeps what it acknowledged when the power goes.
 * @param {string} name
 * @param {(database: import('./database.ts').RunningDatabase) => Promise<void>} use
 */
async function onDurable(name, use) {
  const database = await start(name, { durable: true });
  await use(database).finally(database.close);
}

/**
 * Starts a database server.
 * @param {string} name
 * @param {import('./database.ts').DatabaseSettings} settings
 */
function start(name, settings) {
  const database = databases[name];
  if (!database) throw new Error(`there is no example of a driver for ${name}, only for ${Object.keys(databases).join(' and ')}`);
  return database(settings);
}

/**
 * Has skopeo push an image and an index to a registry on the driver, and pull both.
 * @param {import('./database.ts').RunningDatabase} database
 * @param {{ source: string, skopeo: (...words: string[]) => Promise<string>, newFolder: () => Promise<string> }} bench
 */
async function pushAndPull(database, { source, skopeo, newFolder }) {
  const registry = await startRegistry({ driver: await database.make() });
  for (const title of ['an OCI image comes back as it went in', 'an index comes back with all its images']) {
    await scenarios[title]?.({ registry: `docker://${registry.host}`, source, work: await newFolder(), skopeo });
  }
  await registry.close();
  deepEqual(registry.logged, []);
}

/**
 * Closes a driver that has made its connections and then opens no further one, and a driver that was handed one.
 * @param {import('./database.ts').RunningDatabase} database
 */
async function closeOnce(database) {
  const before = countResources();
  const driver = await database.make();
  deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
  await driver.close?.();
  await rejects(driver.manifests.repositories({ limit: 10 }), (error) => isStorageFault(error) && error.kind === 'busy');
  await assertNoLeaks(before);
  const handed = await database.handIn();
  deepEqual(await handed.driver.manifests.repositories({ limit: 10 }), []);
  await handed.driver.close?.();
  ok(await handed.isOpen());
  await handed.close();
  await assertNoLeaks(before);
}

/**
 * Asks a driver whose server has ended, which has to be told as such.
 * @param {string} name
 */
async function askEnded(name) {
  const database = await start(name, { durable: false });
  const driver = await database.make();
  deepEqual(await driver.manifests.repositories({ limit: 10 }), []);
  await database.close();
  await rejects(driver.manifests.repositories({ limit: 10 }), (error) => isStorageFault(error) && error.kind === 'busy');
  await driver.close?.();
}

/**
 * Prints how long transfers take.
 * @param {string} name
 * @param {import('./database.ts').RunningDatabase} database
 */
async function printFigures(name, database) {
  console.log(`${name}: ${await measureTransfers(await database.make())}`);
}
