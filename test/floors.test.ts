/** Imports point downward only: a driver cannot see HTTP, an operation cannot see a disk, the table cannot see anything. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What each group of files may import, itself included; the first group that matches a file is its own. */
const floors: readonly {
  readonly name: string;
  readonly files: RegExp;
  readonly may: readonly string[];
  readonly node?: RegExp;
}[] = [
  { name: 'words', files: /^lib\/api\/(formats|errors)\.ts$/, may: ['words'] },
  { name: 'table', files: /^lib\/api\//, may: ['words', 'table'] },
  { name: 'contract', files: /^lib\/(driver|authorize)\.ts$/, may: ['words', 'table', 'contract'] },
  {
    name: 'mechanisms',
    files: /^lib\/(router|choose|place|url|digest|range|json|manifest|body|chunk|uploads|running|writers|conditions)\.ts$/,
    may: ['words', 'table', 'contract', 'mechanisms'],
    node: /^node:(crypto|util)$/,
  },
  { name: 'addresses', files: /^lib\/trust\.ts$/, may: ['addresses'], node: /^node:net$/ },
  {
    name: 'meaning',
    files: /^lib\/(operations\/\w+|call|options|parse|permission|credentials|dispatch|target|legacy)\.ts$/,
    may: ['words', 'table', 'contract', 'mechanisms', 'addresses', 'meaning', 'upkeep', 'legacy'],
  },
  {
    name: 'doors',
    files: /^lib\/(index|handler|attachment|request|response|rest|patience|expectation|framing|forwarded|host|connection)\.ts$/,
    may: ['words', 'table', 'contract', 'mechanisms', 'addresses', 'meaning', 'doors'],
    node: /^node:(http|net|stream)$/,
  },
  { name: 'upkeep', files: /^lib\/upkeep\//, may: ['words', 'contract', 'mechanisms', 'upkeep'] },
  {
    name: 'legacy',
    files: /^lib\/legacy\//,
    may: ['words', 'table', 'contract', 'mechanisms', 'legacy'],
    node: /^node:(crypto)$/,
  },
  { name: 'documents', files: /^lib\/docs\//, may: ['words', 'table', 'mechanisms', 'documents'] },
  {
    name: 'testing',
    files: /^lib\/testing\//,
    may: ['words', 'table', 'contract', 'mechanisms', 'meaning', 'doors', 'documents', 'testing'],
    node: /^node:(assert\/strict|crypto|fs|http|net|timers\/promises|v8|vm)$/,
  },
  {
    name: 'command line',
    files: /^lib\/cli(\.ts|\/)/,
    may: ['doors', 'contract', 'drivers', 'testing', 'documents', 'command line'],
    node: /^node:|^package\.json$/,
  },
  {
    name: 'object stores',
    files: /^drivers\/s3(\.ts$|\/)/,
    may: ['words', 'contract', 'drivers', 'object stores'],
    node: /^node:(crypto|timers\/promises)$|^@aws-sdk\//,
  },
  {
    name: 'drivers',
    files: /^drivers\//,
    may: ['words', 'contract', 'drivers'],
    node: /^node:(fs|path|crypto|os|timers)(\/promises)?$/,
  },
];

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)));
const sources = ['lib', 'drivers'].flatMap(filesBelow).filter((name) => name.endsWith('.ts'));
const floorOf = (file: string) => floors.find(({ files }) => files.test(file));

/** The modules that a file imports, as paths from the root, or as they are named. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const named = [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map(([, name = '']) => name);
  return named.map((name) => (name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name));
}

describe('imports', () => {
  it.each(sources)('of %s point downward only', (file) => {
    const floor = floorOf(file);
    expect(floor, 'every file has a floor').toBeDefined();
    const wrong = importsOf(file).filter((name) => {
      const target = floorOf(name);
      return target ? !floor?.may.includes(target.name) : !(floor?.node?.test(name) ?? false);
    });
    expect(wrong).toEqual([]);
  });

  it.each(sources.filter((file) => !file.startsWith('lib/legacy/')))(
    'of %s load nothing that is only there for legacy options',
    (file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const loaded = [...text.matchAll(/^(?:import|export)(?! type)[^;]*'(\.[^']+)';/gm)].map(([, name = '']) => name);
      expect(loaded.filter((name) => /legacy\//.test(name))).toEqual([]);
    },
  );

  it('are found at all', () => {
    expect(importsOf('lib/handler.ts')).toContain('lib/dispatch.ts');
    expect(importsOf('lib/handler.ts')).toContain('node:http');
  });
});

describe('operations', () => {
  it.each(sources.filter((file) => file.startsWith('lib/operations/')))('in %s throw what their rows declare', (file) => {
    const thrown = [...readFileSync(join(root, file), 'utf8').matchAll(/throw ([^;]+);/g)].map(
      ([, expression]) => expression ?? '',
    );
    const allowed = /call\.error\(|^unknown\((call)?\)|^await overtaken\(call\)|^new StorageFault\(|^err$/;
    expect(thrown.filter((expression) => !allowed.test(expression))).toEqual([]);
  });
});

describe('names', () => {
  it('say what is in a file', () => {
    expect(sources.filter((file) => /(utils?|helpers?|common|types|manager|misc)\b/i.test(file))).toEqual([]);
  });
});
