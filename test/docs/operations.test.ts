/** docs/operations.md: its programs run, and alerts, dashboard and text name metrics that there are. */
import { tracingChannel } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readArguments } from '../../lib/cli/parse-arguments.ts';
import { metrics } from '../../lib/metrics/index.ts';
import { blocksOf } from '../support/code-blocks.ts';
import { programsOf } from '../support/document-programs.ts';
import { freePort } from '../support/free-port.ts';

const project = join(import.meta.dirname, '../..');
const blocks = blocksOf('docs/operations.md');
const { programs, write, start } = programsOf('docs/operations.md');

describe('docs/operations.md', () => {
  it('has a program with prom-client', { timeout: 20_000 }, async () => {
    const [port, scraped] = [await freePort(), await freePort()];
    await start(0, port, (code) => code.replace('5000', String(port)).replace('9500', String(scraped)));
    const text = (url: string) => fetch(url).then((reply) => reply.text(), String);
    await expect.poll(() => text(`http://127.0.0.1:${port}/v2/`), { timeout: 10_000 }).toBe('{}');
    await expect
      .poll(() => text(`http://127.0.0.1:${scraped}/metrics`))
      .toMatch(/^stowage_requests_total\{operation="checkBase"/m);
    expect(await text(`http://127.0.0.1:${scraped}/metrics`)).toMatch(/^process_cpu_seconds_total /m);
    expect(await text(`http://127.0.0.1:${scraped}/metrics`)).toMatch(/^stowage_requests_in_flight 0$/m);
  });

  it('has one that says what is slow', async () => {
    await import(await write(1));
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const call = (milliseconds: number) =>
      tracingChannel('stowage:driver').tracePromise(() => new Promise((resolve) => setTimeout(resolve, milliseconds)), {
        store: 'blobs',
        method: 'get',
        repository: 'a/b',
      });
    await Promise.all([call(150), call(0)]);
    expect(warn.mock.calls.flat()).toEqual([expect.stringMatching(/^blobs\.get a\/b took 1\d\d ms$/)]);
    warn.mockRestore();
    expect(programs).toHaveLength(2);
  });

  it('has commands that the command line knows', () => {
    const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trim().split('\n'));
    const asked = commands.map((command) => readArguments(command.replace(/^stowage /, '').split(' ')));
    expect(asked).toMatchObject([{ name: 'serve', serve: { metrics: { host: '127.0.0.1', port: 9500 }, log: true } }]);
  });

  const { families, onResponse } = metrics({ inFlight: () => 0 });
  void onResponse({
    requestId: 'a-1',
    method: 'GET',
    path: '/v2/',
    remoteAddress: undefined,
    status: 200,
    bytesIn: 0,
    bytesOut: 0,
    complete: true,
    milliseconds: 1,
  });
  const known = new Set(
    families().flatMap(({ name, values }) => [name, ...values.flatMap(({ metricName }) => metricName ?? [])]),
  );

  it.each(['docs/operations.md', 'examples/operations/alerts.yml', 'examples/operations/dashboard.json'])(
    '%s names no metric that there is not',
    async (file) => {
      const named = (await readFile(join(project, file), 'utf8')).match(/\bstowage_\w+/g) ?? [];
      expect(named).not.toEqual([]);
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('has each metric in the dashboard', async () => {
    const dashboard = await readFile(join(project, 'examples/operations/dashboard.json'), 'utf8');
    expect(families().filter(({ name }) => !dashboard.includes(name))).toEqual([]);
    expect(JSON.parse(dashboard).panels.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
