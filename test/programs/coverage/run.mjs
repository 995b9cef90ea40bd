// @ts-check
/**
 * `stowage coverage` against two servers: this registry, which serves everything, and another one, of which it has to be said
 * what it does not.
 *
 *     npm run survey
 */
import assert from 'node:assert/strict';
import { descriptors } from 'stowage/docs';
import { startProgram, startServer } from '../../support/command.ts';
import { startCounting } from '../../support/counting.ts';
import { startAnotherRegistry } from './another-registry.mjs';

const useCases = descriptors.routes.flatMap(({ methods }) =>
  methods.flatMap(({ requests }) => requests.map(({ operation }) => operation)),
).length;
const { attempt, finish } = startCounting();

const own = await startServer(['--driver', 'memory']);
const ownReport = await survey(own.url);
const ended = await own.end();
await attempt(`this registry serves all ${useCases} use cases, and departs nowhere`, () => {
  assert.deepEqual([ownReport.served.length, ownReport.never], [useCases, []]);
  assert.match(ownReport.text, /^0 replies depart from the API$/m);
  assert.equal(ownReport.code, 0);
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
});

const other = await startAnotherRegistry();
const otherReport = await survey(other.url);
await other.end();
await attempt('another registry serves at least 19 use cases, and what it does not serve is named', () => {
  assert.ok(otherReport.served.length >= 19, `it serves ${otherReport.served.length}`);
  assert.equal(otherReport.served.length + otherReport.never.length, useCases);
  for (const name of ['deleteTag', 'pushBlob', 'listReferrers']) assert.ok(otherReport.never.includes(name), name);
});
await attempt('its departures are listed, and make the command fail', () => {
  const [, departures] = /^(\d+) replies depart from the API$/m.exec(otherReport.text) ?? [];
  assert.ok(Number(departures) > 0, `${departures} departures`);
  assert.match(otherReport.text, /^ {2}\d+ × .+, first of [A-Z]+ \/v2\/.+ \(\d+\)$/m);
  assert.equal(otherReport.code, 1);
});
finish();

/**
 * Runs the command, and shows and reads what it says.
 * @param {string} url
 */
async function survey(url) {
  const { code, stdout, stderr } = await startProgram(['coverage', '--url', url]).ended;
  console.log(`${stdout}${stderr}`);
  const rows = [...stdout.matchAll(/^(\w+(?: \([\w ]+\))?) +(never|\d[\d ]*?) {2}.*\/v2\/.*$/gm)];
  const named = (/** @type {boolean} */ served) =>
    rows.filter((row) => (row[2] !== 'never') === served).map((row) => row[1] ?? '');
  return { code, text: stdout, served: named(true), never: named(false) };
}
