/** The workflows call what a clone has, and nothing of their own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const project = join(import.meta.dirname, '../..');
const folder = join(project, '.github/workflows');

describe.each(readdirSync(folder))('%s', (name) => {
  const commands = [...readFileSync(join(folder, name), 'utf8').matchAll(/^ +- run: (.*)$/gm)].map(([, command = '']) => command);

  it('runs something', () => {
    expect(commands.length).toBeGreaterThan(0);
  });

  it.each(commands)('runs what is there: %s', (command) => {
    const [, script] = /^npm (?:run )?([\w:]+)/.exec(command) ?? [];
    const path = command.split(' ').at(-1) ?? '';
    if (script === undefined) expect(existsSync(join(project, path)), path).toBe(true);
    else expect(['install', ...Object.keys(manifest.scripts)]).toContain(script);
  });
});
