// @ts-check
/** The packed package in whatever runs this: its entries in both forms, the door for fetch, and the driver suite. Prints what it counted. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverCases, runCases, wireCases } from 'stowage/driver-suite';
import { fsDriver } from 'stowage/drivers/fs';
import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';

const require = createRequire(import.meta.url);
const { exports } = require('stowage/package.json');
for (const path of Object.keys(exports).filter((name) => !name.endsWith('.json'))) {
  const entry = join('stowage', path);
  assert.deepEqual(Object.keys(require(entry)).sort(), Object.keys(await import(entry)).sort(), entry);
}

const registry = createFetchHandler(memoryDriver());
const bytes = new Uint8Array(1_000_000).fill(7);
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const pushed = await registry(
  new Request(`http://registry/v2/a/blobs/uploads/?digest=${digest}`, { method: 'POST', body: bytes }),
);
assert.equal(pushed.status, 201);
const pulled = await registry(new Request(`http://registry/v2/a/blobs/${digest}`));
assert.deepEqual(new Uint8Array(await pulled.arrayBuffer()), bytes);
await registry.close();

const root = await mkdtemp(join(tmpdir(), 'stowage-matrix-'));
let roots = 0;
const drivers = {
  memoryDriver: () => memoryDriver(),
  fsDriver: () => fsDriver({ root: join(root, String(roots++)), durability: 'none' }),
};
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const [name, create] of Object.entries(drivers)) {
  const options = { name, create, lacks: /** @type {const} */ (['blob.url']) };
  for (const { case: of, outcome, error } of await runCases([...driverCases(options), ...wireCases(options)])) {
    counts[outcome] += 1;
    if (outcome === 'failed') console.log(`FAILED ${name}: ${of.name}: ${error instanceof Error ? error.stack : error}`);
  }
}
await rm(root, { recursive: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
