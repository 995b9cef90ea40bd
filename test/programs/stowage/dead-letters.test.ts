/** `stowage dead-letters`, beside a registry that runs on the same directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fsDriver } from '../../../drivers/fs.ts';
import { type CloudEvent, events, SinkRefusal } from '../../../lib/delivery/index.ts';
import { createRegistryHandler } from '../../../lib/index.ts';
import { image } from '../../../lib/testing/exchanges/given.ts';
import { startProgram } from '../../support/command.ts';
import { listen } from '../../support/server.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-dead-letters-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Runs the command; gives its exit code, the lines that it printed, and what was wrong. */
async function run(...words: string[]) {
  const { code, stdout, stderr } = await startProgram(['dead-letters', 'strict', '--root', root, ...words]).ended;
  return { code, lines: stdout.split('\n').filter(Boolean), stderr };
}

/** A registry whose sink refuses tags for as long as it is told to. */
async function serve() {
  const taken: string[] = [];
  const state = { refuses: true };
  const deliver = ({ type, subject }: CloudEvent): void => {
    if (state.refuses && type === 'stowage.tag.set') throw new SinkRefusal('no tags\u001b[2J\nhere');
    taken.push(subject);
  };
  const told = events({ sinks: [{ name: 'strict', deliver }], attempts: { refusals: 2, firstPause: 1 } });
  const handler = createRegistryHandler(fsDriver({ root }), { allowMissingReferences: true, events: told });
  const server = await listen(handler);
  const push = async (tag: string) => {
    const { status } = await fetch(`${server.origin}/v2/a/manifests/${tag}`, { method: 'PUT', body: image() });
    expect(status).toBe(201);
  };
  const letters = async () => {
    const found: string[] = [];
    for await (const { event } of told.deadLetters('strict')) found.push(event.subject);
    return found;
  };
  const close = async () => {
    await server.close();
    await handler.close();
  };
  return { state, taken, told, push, letters, [Symbol.asyncDispose]: close };
}

it('lists what was given up, and has it delivered again', async () => {
  await using registry = await serve();
  await registry.push('v1');
  await registry.push('v2');
  await expect.poll(registry.letters, { timeout: 10_000 }).toEqual(['a:v1', 'a:v2']);
  const listed = await run();
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.lines).toEqual([
    expect.stringMatching(/^\S+Z {2}stowage\.tag\.set a:v1 {2}2 attempts: no tags \[2J here$/),
    expect.stringContaining('a:v2'),
  ]);
  const [first = ''] = (await run('--json')).lines;
  expect(JSON.parse(first)).toMatchObject({ event: { subject: 'a:v1' }, attempts: 2, reason: 'no tags\u001b[2J\nhere' });

  registry.state.refuses = false;
  expect(await run('--revive')).toEqual({ code: 0, lines: ['to be delivered again: 2'], stderr: '' });
  await expect
    .poll(() => registry.taken.filter((subject) => subject.includes(':v')), { timeout: 10_000 })
    .toEqual(['a:v1', 'a:v2']);
  expect(await run()).toEqual({ code: 0, lines: [], stderr: '' });
  expect(await run('--revive')).toMatchObject({ lines: ['to be delivered again: 0'] });
});

it('drops what was given up until then, and nothing after', async () => {
  await using registry = await serve();
  await registry.push('v1');
  await expect.poll(registry.letters, { timeout: 10_000 }).toEqual(['a:v1']);
  expect(await run('--discard')).toEqual({ code: 0, lines: ['dropped: 1'], stderr: '' });
  expect(await registry.letters()).toEqual([]);
  await registry.push('v2');
  await expect.poll(registry.letters, { timeout: 10_000 }).toEqual(['a:v2']);
  expect(await registry.told.discard('strict')).toBe(1);
  expect((await run()).lines).toEqual([]);
});

it('says in one line that there is no such directory', async () => {
  const { code, stdout, stderr } = await startProgram(['dead-letters', '--root', join(root, 'none')]).ended;
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^stowage: cannot read the root .*none: ENOENT.*\n$/);
});
