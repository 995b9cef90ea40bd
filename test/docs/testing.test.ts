/** The programs of docs/testing.md run, each in a process of its own, and so does the code within its sentences; what their comments say of values holds. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rowsOf } from '../../lib/api/derive.ts';
import { routes } from '../../lib/api/routes.ts';
import { behaviours } from '../../lib/testing/fixture/behaviours/table.ts';
import { artifact, image, index, startRegistry } from '../../lib/testing/fixture/index.ts';
import { blocksOf } from '../support/code-blocks.ts';
import { startForTest } from '../support/fixture.ts';
import { writeContents } from '../support/layout.ts';

const project = join(import.meta.dirname, '../..');
const blocks = blocksOf('docs/testing.md');
let folder: string;

beforeAll(async () => {
  // Within the project, where `stowage` is this package.
  await mkdir(join(project, '.cache'), { recursive: true });
  folder = await mkdtemp(join(project, '.cache/testing-'));
  await writeContents(join(folder, 'layout'), { '1.0': image() });
  execFileSync('tar', ['-cf', 'image.tar', '-C', 'layout', '.'], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true }));

/** A program whose comments that are values are assertions: `tags.length; // 1`. */
const asserting = (code: string): string =>
  `import { equal as isSame } from 'node:assert/strict';\n${code.replaceAll(/^(?! )(.+); \/\/ (true|\d+|'.*')$/gm, 'isSame(String($1), String($2));')}`;

const programs = blocks.filter(({ language }) => language === 'js');

it.each(programs.map(({ line, code }) => [line, code] as const))('the program at line %i runs', async (line, code) => {
  const file = `${line}.mjs`;
  await writeFile(join(folder, file), asserting(code));
  await promisify(execFile)(process.execPath, [file], { cwd: folder });
});

it('their values are asserted', () => {
  expect(programs.filter(({ code }) => asserting(code).includes('isSame(')).length).toBe(5);
});

it('an assertion that fails shows the traffic as it is shown there', async () => {
  const registry = await startRegistry();
  await registry.seed('team/app:1.0', image());
  registry.fail({ operation: 'getManifest', times: 1, status: 503 });
  for (let turn = 0; turn < 2; turn++) await (await fetch(`${registry.url}/v2/team/app/manifests/1.0`)).text();
  const shown = blocks.find(({ language }) => language === 'text')?.code.trim() ?? '';
  const numberless = (text: string) => text.replaceAll(/\d+ (?=out|ms)/g, '… ');
  let message = '';
  try {
    registry.assertRequests(['getManifest', 'getBlob']);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(numberless(message)).toBe(numberless(shown));
  await registry.close();
});

it('the behaviours are those of the table, and so are their sections', () => {
  const shown = [...readFileSync(join(project, 'docs/testing.md'), 'utf8').matchAll(/^\| `([\w-]+)` +\| (.*?) +\| (.*?) +\|$/gm)];
  const rows = Object.entries(behaviours).map(([name, { sentence, section }]) => [
    name,
    sentence,
    section
      .replace(/^OCI distribution specification, "(.*)"$/, '$1')
      .replace(/^Docker Registry HTTP API V2, "(.*)"$/, 'Docker API V2, $1'),
  ]);
  expect(shown.map(([, ...cells]) => cells).filter(([name = '']) => name in behaviours)).toEqual(rows);
});

describe('the code within its sentences', () => {
  const page = readFileSync(join(project, 'docs/testing.md'), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const spans = [...page.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const span = (words: string) => spans.find((code) => code.includes(words)) ?? expect.fail(`no code has ${words}`);
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  /** Runs code that takes these names from what stands around it. */
  const run = (code: string, names: object): Promise<unknown> =>
    new AsyncFunction(...Object.keys(names), code)(...Object.values(names));

  it.each(spans.filter((code) => /^\{ (?!options|tls).+ \}$/.test(code)))('has a fault that is taken: %s', async (code) => {
    const auth = { scheme: 'bearer', users: { ann: 'secret' } } as const;
    const registry = await startForTest({ auth });
    await run(`registry.fail(${code}).stop()`, { registry });
  });

  it('leads a client that waits as long as a fault says through it by fake timers', async () => {
    const registry = await startForTest();
    await registry.seed('team/app:1.0', image());
    registry.fail({ operation: 'getManifest', times: 2, status: 503, retryAfter: 30 });
    const pull = async (): Promise<void> => {
      const { status, headers } = await fetch(`${registry.url}/v2/team/app/manifests/1.0`);
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after')) * 1_000));
      await pull();
    };
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await run(`${span('let over')}; ${span('await done')}`, { pull, jest: vi });
    registry.assertRequests([{ status: 503 }, { status: 503 }, { status: 200 }]);
  });

  it('seeds what clients read where there are no referrers', async () => {
    const registry = await startForTest({ behaviours: ['no-referrers'] });
    const { digest } = await registry.seed('team/app:1.0', image());
    const sbom = artifact({ type: 'text/plain', subject: image() });
    await run(`await ${span("digest.replace(':', '-')")}`, { registry, digest, index, sbom });
    const listed = await fetch(`${registry.url}/v2/team/app/manifests/${digest.replace(':', '-')}`);
    expect(await listed.json()).toMatchObject({ manifests: [{ digest: sbom.digest }] });
  });

  it('lets another origin read the replies', async () => {
    const registry = await startForTest();
    await run(span('Access-Control-Allow-Origin'), { registry });
    expect((await fetch(`${registry.url}/v2/`)).headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each(['http.all', 'mock.disable', 'mock.enable', 'mock.compose'])('is that of npm run tools: %s', (words) => {
    const test = readFileSync(join(project, 'test/programs/tools/tests/mocks.test.mjs'), 'utf8');
    expect(test.replaceAll(/\s/g, '')).toContain(span(words).replaceAll(/\s/g, ''));
  });
});

it('the operations are all there', () => {
  const page = readFileSync(join(project, 'docs/testing.md'), 'utf8');
  const operations = new Set(rowsOf(routes).map(({ operation }) => operation));
  expect(page).toContain(`has them: ${[...operations].map((operation) => `\`${operation}\``).join(', ')}.`);
});
