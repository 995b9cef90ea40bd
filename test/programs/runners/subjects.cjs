// @ts-check
/**
 * What the suite is run on under each test runner, named by STOWAGE_SUBJECT. The package comes from whoever asks: each runner
 * imports it in its own way.
 */
const { existsSync, mkdtempSync, openSync, readdirSync, rmSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/**
 * @typedef {import('stowage').Driver} Driver
 * @typedef {import('stowage/driver-suite').DriverUnderTest} DriverUnderTest
 * @typedef {import('stowage/driver-suite').Runner} Runner
 * @typedef {object} Package
 * @property {typeof import('stowage/driver-suite').testDriver} testDriver
 * @property {typeof import('stowage/driver-suite').testWire} testWire
 * @property {typeof import('stowage/drivers/memory').memoryDriver} memoryDriver
 * @property {typeof import('stowage/drivers/fs').fsDriver} fsDriver
 */

/** Enough, since it is the runners that are looked at here. */
const amounts = { sequences: 20 };
/** A case that does next to nothing, and the one that looks most closely at what is left behind. */
const shortest = { area: 'blobs', rule: 'a blob that no repository holds is absent' };
const closing = { area: 'the driver', rule: 'a closed driver holds nothing, not even a blob that was left half read' };
/** Longer than any runner waits for a case by default. */
const slowMilliseconds = 6000;
/** Longer than the suite waits for what is on its way out. Then the runner has to be able to end. */
const leakMilliseconds = 5000;

/**
 * The ways in which a driver leaves something behind, and what the failure then names.
 * @type {Record<string, { named: string, leave: () => void }>}
 */
const leaks = {
  timer: { named: 'Timeout: ', leave: () => void setTimeout(() => {}, leakMilliseconds) },
  socket: {
    named: 'open socket: ',
    leave() {
      const server = createServer().listen(0);
      setTimeout(() => server.close(), leakMilliseconds).unref();
    },
  },
  file: { named: `open ${__filename}: `, leave: () => void openSync(__filename, 'r') },
  listener: { named: 'listeners on the process: ', leave: () => void process.on('SIGUSR2', () => {}) },
};

/**
 * What the suite is told about the drivers of the package.
 * @type {Record<string, (drivers: Pick<Package, 'memoryDriver' | 'fsDriver'>) => DriverUnderTest>}
 */
const drivers = { memory: ({ memoryDriver }) => onMemory('memoryDriver', memoryDriver), fs: ({ fsDriver }) => onFiles(fsDriver) };

/**
 * Registers the suite for the subject with the runner.
 * @param {Package} from
 * @param {Runner} runner
 */
function testSubject(from, runner) {
  const { testDriver, testWire, memoryDriver } = from;
  const subject = process.env.STOWAGE_SUBJECT ?? '';
  const options = drivers[subject]?.(from);
  if (options) {
    testDriver(options, runner);
    testWire(options, runner);
  } else if (subject === 'forgetful') {
    testDriver(
      onMemory('a driver that forgets tags', () => forgetful(memoryDriver())),
      runner,
    );
  } else if (subject === 'slow') {
    const slow = onMemory('a slow driver', () => after(slowMilliseconds, memoryDriver));
    testDriver(slow, only(slow, shortest, runner));
  } else if (subject === 'leaking') {
    for (const [what, { leave }] of Object.entries(leaks)) {
      const leaking = onMemory(`a driver that leaves a ${what}`, () => leaving(leave, memoryDriver()));
      testDriver(leaking, only(leaking, closing, runner));
    }
  } else throw new Error(`STOWAGE_SUBJECT is '${subject}'`);
}

/**
 * @param {string} name
 * @param {DriverUnderTest['create']} create
 * @returns {DriverUnderTest}
 */
function onMemory(name, create) {
  return { name, create, lacks: ['blob.url'], amounts };
}

/**
 * @param {Package['fsDriver']} fsDriver
 * @returns {DriverUnderTest}
 */
function onFiles(fsDriver) {
  /** @type {WeakMap<Driver, string>} */
  const roots = new WeakMap();
  const rootOf = (/** @type {Driver} */ driver) => roots.get(driver) ?? '';
  const again = (/** @type {Driver} */ driver) => fsDriver({ root: rootOf(driver), durability: 'none' });
  return {
    name: 'fsDriver',
    lacks: ['blob.url'],
    amounts,
    create() {
      const root = mkdtempSync(join(tmpdir(), 'stowage-runners-'));
      const driver = fsDriver({ root, durability: 'none' });
      roots.set(driver, root);
      return driver;
    },
    reopen: again,
    peer: again,
    staged: (driver) => ['staging', 'uploads'].flatMap((folder) => filesBelow(join(rootOf(driver), folder))),
    dispose: (driver) => rmSync(rootOf(driver), { recursive: true, force: true }),
  };
}

/**
 * The files below a directory; the directories themselves stay.
 * @param {string} directory
 */
function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/**
 * A driver whose tags are gone as soon as they are written.
 * @param {Driver} driver
 * @returns {Driver}
 */
function forgetful(driver) {
  return { ...driver, manifests: { ...driver.manifests, resolve: async () => undefined } };
}

/**
 * @param {() => void} leave
 * @param {Driver} driver
 */
function leaving(leave, driver) {
  leave();
  return driver;
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {() => T} work
 * @returns {Promise<T>}
 */
async function after(milliseconds, work) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return work();
}

/**
 * A runner that is told of one case of a driver alone.
 * @param {DriverUnderTest} options
 * @param {{ area: string, rule: string }} wanted
 * @param {Runner} runner
 * @returns {Runner}
 */
function only({ name }, { area, rule }, { describe, it }) {
  const one = (/** @type {string} */ title, /** @type {() => Promise<void>} */ body, /** @type {number=} */ timeout) =>
    title === rule ? it(title, body, timeout) : undefined;
  return {
    // Vitest refuses an empty group.
    describe: (title, body) => (title === name || title === area ? describe(title, body) : undefined),
    it: Object.assign(one, { skip: () => undefined }),
  };
}

module.exports = { drivers, leaks, testSubject };
