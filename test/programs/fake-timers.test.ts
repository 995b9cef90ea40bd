/** The package under the fake timers of Jest, in the environment of Node and in jsdom. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const words = ['node_modules/jest/bin/jest.js', '--config', 'test/programs/runners/fake-timers/jest.config.cjs'];

it('pushes and pulls', { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, words, { cwd: project, stdio: ['ignore', 'ignore', 'pipe'], timeout: 100_000 });
  const told: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const [code] = await once(child, 'close');
  expect(told.join('')).toMatch(/^Tests: +12 passed, 12 total$/m);
  expect(code).toBe(0);
});
