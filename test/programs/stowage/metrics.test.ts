/** `stowage serve --metrics`: an address of its own, and the sums over the workers. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { send } from '../../support/client.ts';
import { startProgram, startServer } from '../../support/command.ts';
import { freePort } from '../../support/free-port.ts';

/** Starts a server that counts; gives where it serves, and how many requests of `/v2/` it says that there were. */
async function start(...flags: string[]) {
  const root = await mkdtemp(join(tmpdir(), 'stowage-metrics-'));
  const port = await freePort();
  const server = await startServer(['--root', root, '--metrics', String(port), ...flags]);
  onTestFinished(async () => {
    await server.end();
    await rm(root, { recursive: true });
  });
  const metrics = `http://127.0.0.1:${port}`;
  const counted = async (): Promise<number> => {
    const { text } = await ask(metrics, '/metrics');
    return Number(/^stowage_requests_total\{operation="checkBase",\S+ (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  return { server, metrics, counted };
}

async function ask(origin: string, path: string, method = 'GET') {
  const { status, headers, body } = await send(origin, { method, path });
  return { status, type: headers['content-type'], text: Buffer.from(body).toString() };
}

test('serves metrics where it is told to, and nothing of them to clients', async () => {
  const { server, metrics, counted } = await start();
  await ask(server.url, '/v2/');
  await expect.poll(counted).toBe(1);
  const { status, type, text } = await ask(metrics, '/metrics');
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(text).toContain('\nstowage_requests_in_flight 0\n');
  expect((await ask(server.url, '/metrics')).status).toBe(404);
  expect((await ask(metrics, '/v2/')).status).toBe(404);
  expect((await ask(metrics, '/metrics', 'POST')).status).toBe(405);
});

test('has the sums over its workers, also when one of them has died', { timeout: 40_000 }, async () => {
  const { server, counted } = await start('--workers', '2', '--log');
  const all = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await ask(server.url, '/v2/');
  };
  await all();
  await expect.poll(counted).toBe(20);
  const [, pid] = /^(\d+)$/m.exec(await childrenOf(server.pid)) ?? [];
  process.kill(Number(pid), 'SIGKILL');
  await expect.poll(() => server.written.stderr, { timeout: 10_000 }).toMatch(/starting another/);
  expect(await counted()).toBe(20);
  await all();
  await expect.poll(counted, { timeout: 10_000 }).toBe(40);
});

const childrenOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).replaceAll(' ', '\n');

test.each([
  ['no port', '127.0.0.1:x', /--metrics is a port, or a host and a port, as in '9090', .* not '127\.0\.0\.1:x'/],
  ['an address that is taken', undefined, /127\.0\.0\.1 port \d+ is in use; choose another with --metrics/],
])('says what is wrong with %s', async (_, value, complaint) => {
  const { metrics } = await start();
  const { ended } = startProgram(['serve', '--driver', 'memory', '--port', '0', '--metrics', value ?? new URL(metrics).host]);
  const { code, stderr } = await ended;
  expect(code).not.toBe(0);
  expect(stderr).toMatch(complaint);
});
