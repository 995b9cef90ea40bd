/** Imports point downward only: a driver cannot see HTTP, an operation cannot see a disk, the table cannot see anything. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** One floor of the house: a folder, or the few files of `lib` itself that are a floor of their own. */
interface Floor {
  readonly name: string;
  /** What the paths of its files begin with. */
  readonly at: readonly string[];
  /** The floors below it that it may import; every floor may import itself. */
  readonly may: readonly string[];
  /** What it may import from outside the project. */
  readonly outside?: RegExp;
}

const below = {
  core: [
    'concurrency',
    'timers',
    'api',
    'contract',
    'throttle',
    'events',
    'content',
    'trust',
    'routing',
    'uploads',
    'access',
    'options',
    'legacy',
    'hooks',
  ],
  doors: [
    'timers',
    'api',
    'contract',
    'checks',
    'events',
    'uploads',
    'trust',
    'clients',
    'options',
    'routing',
    'dispatch',
    'registry',
  ],
} as const;

/** A file is on the first floor whose beginning it has: a new file in a folder needs no line here. */
const floors: readonly Floor[] = [
  { name: 'api', at: ['lib/api/'], may: [] },
  { name: 'contract', at: ['lib/driver.ts', 'lib/access/authorize.ts'], may: ['api'] },
  { name: 'throttle', at: ['lib/access/throttle.ts'], may: ['events'] },
  // What a value has to be depends on no more than formats, so the options of the registry, of drivers and of the command are checked alike.
  { name: 'checks', at: ['lib/checks/'], may: ['api'] },
  // Bounded concurrency depends on nothing either: operations and drivers use the same.
  { name: 'concurrency', at: ['lib/concurrency.ts'], may: [] },
  { name: 'digests', at: ['lib/digest-set.ts'], may: ['contract'] },
  // Nor does the reader of tar, which tarsums and the content of fixtures share.
  { name: 'tar', at: ['lib/tar/'], may: [] },
  // What layouts and archives of images are, for those that move images and for fixtures.
  { name: 'layout', at: ['lib/layout/'], may: ['api', 'content', 'tar'], outside: /^node:(fs\/promises|path)$/ },
  // So do timers: whoever waits takes them from there.
  { name: 'timers', at: ['lib/timers.ts'], may: [], outside: /^node:(perf_hooks|timers)$/ },
  { name: 'content', at: ['lib/content/'], may: ['api', 'contract'], outside: /^node:crypto$/ },
  { name: 'trust', at: ['lib/doors/trust.ts'], may: ['checks'], outside: /^node:net$/ },
  {
    name: 'clients',
    at: ['lib/doors/origin.ts', 'lib/doors/request-id.ts', 'lib/doors/fetch/peer.ts'],
    may: ['api', 'options', 'routing', 'trust'],
    outside: /^node:net$/,
  },
  { name: 'events', at: ['lib/events/'], may: ['api', 'contract', 'timers'], outside: /^node:diagnostics_channel$/ },
  { name: 'hooks', at: ['lib/hooks/'], may: ['api', 'contract', 'events', 'options'] },
  { name: 'routing', at: ['lib/routing/'], may: ['api'] },
  { name: 'uploads', at: ['lib/uploads/'], may: ['api', 'contract', 'content'], outside: /^node:(crypto|util)$/ },
  { name: 'access', at: ['lib/access/'], may: ['api', 'contract', 'events', 'routing', 'throttle', 'timers'] },
  {
    name: 'options',
    at: ['lib/options.ts', 'lib/options/'],
    may: ['api', 'contract', 'checks', 'trust', 'events', 'hooks', 'throttle'],
  },
  {
    name: 'legacy',
    at: ['lib/legacy/'],
    may: ['api', 'contract', 'content', 'tar', 'uploads', 'options', 'timers'],
    outside: /^node:crypto$/,
  },
  {
    name: 'upkeep',
    at: ['lib/upkeep/'],
    may: ['api', 'contract', 'checks', 'concurrency', 'content', 'digests', 'legacy', 'timers'],
    outside: /^node:crypto$/,
  },
  { name: 'operations', at: ['lib/operations/', 'lib/call.ts'], may: below.core },
  { name: 'dispatch', at: ['lib/dispatch.ts', 'lib/reply.ts', 'lib/cors.ts'], may: [...below.core, 'checks', 'operations'] },
  { name: 'registry', at: ['lib/registry.ts'], may: [...below.core, 'dispatch', 'upkeep'] },
  { name: 'fetch', at: ['lib/doors/fetch/'], may: [...below.doors, 'doors'] },
  {
    name: 'node',
    at: ['lib/doors/node/'],
    may: [...below.doors, 'doors', 'fetch'],
    outside: /^node:(http2?|net|stream|worker_threads)$/,
  },
  { name: 'doors', at: ['lib/doors/'], may: below.doors, outside: /^node:net$/ },
  {
    name: 'public',
    at: ['lib/index.ts', 'lib/fetch.ts'],
    may: ['api', 'contract', 'trust', 'events', 'hooks', 'throttle', 'options', 'doors', 'fetch', 'node'],
  },
  {
    name: 'auth',
    at: ['lib/auth/'],
    may: ['api', 'contract', 'checks', 'concurrency', 'timers', 'events', 'access', 'throttle', 'trust', 'clients'],
    outside: /^node:(crypto|fs\/promises|http|util)$|^(bcryptjs|jose)$/,
  },
  {
    name: 'throttles',
    at: ['lib/throttle/'],
    may: ['api', 'checks', 'events', 'throttle', 'timers'],
    outside: /^node:net$/,
  },
  { name: 'metrics', at: ['lib/metrics/'], may: ['events'] },
  {
    name: 'delivery',
    at: ['lib/delivery/'],
    may: ['api', 'contract', 'checks', 'concurrency', 'events', 'timers'],
    outside: /^node:crypto$/,
  },
  {
    name: 'transfer',
    at: ['lib/transfer/'],
    may: ['api', 'contract', 'checks', 'concurrency', 'content', 'fetch', 'layout', 'tar', 'timers'],
    outside: /^node:(crypto|fs\/promises|path|stream\/promises|zlib)$/,
  },
  { name: 'coverage', at: ['lib/coverage/'], may: ['api', 'routing'] },
  { name: 'documents', at: ['lib/docs/'], may: ['api', 'coverage'], outside: /^node:crypto$/ },
  {
    name: 'fixture content',
    at: ['lib/testing/fixture/content/'],
    may: ['api', 'checks', 'content', 'layout', 'tar'],
    outside: /^node:(crypto|fs\/promises|path|zlib)$/,
  },
  {
    name: 'wire',
    at: ['lib/testing/wire/'],
    may: ['api', 'contract', 'coverage', 'public', 'testing'],
    outside: /^node:(assert\/strict|crypto|http|net)$/,
  },
  {
    name: 'fixture',
    at: ['lib/testing/fixture/'],
    may: [
      ...below.core,
      'checks',
      'dispatch',
      'operations',
      'registry',
      'doors',
      'clients',
      'fetch',
      'node',
      'drivers',
      'auth',
      'testing',
      'fixture content',
    ],
    outside: /^node:(crypto|fs(\/promises)?|https?|net|os|path|tls)$/,
  },
  {
    name: 'testing',
    at: ['lib/testing/'],
    may: [...below.core, 'public', 'coverage', 'wire', 'fixture content'],
    outside: /^node:(assert\/strict|crypto|fs|http|net|timers\/promises|v8|vm)$/,
  },
  {
    name: 'command line',
    at: ['lib/cli.ts', 'lib/cli/'],
    may: [
      'contract',
      'checks',
      'options',
      'public',
      'auth',
      'drivers',
      'object stores',
      'testing',
      'fixture',
      'wire',
      'documents',
      'coverage',
      'metrics',
      'delivery',
      'transfer',
      'upkeep',
    ],
    outside: /^node:|^package\.json$/,
  },
  {
    name: 'object stores',
    at: ['drivers/s3.ts', 'drivers/s3/'],
    may: ['contract', 'checks', 'concurrency', 'digests', 'timers', 'drivers'],
    outside: /^node:(crypto|net|zlib)$|^@aws-sdk\//,
  },
  // What other registries wrote says of a manifest no more than its bytes do, so those are read.
  {
    name: 'foreign trees',
    at: ['drivers/distribution.ts', 'drivers/distribution/'],
    may: ['api', 'contract', 'checks', 'concurrency', 'content', 'drivers'],
    outside: /^node:(fs|path|crypto)(\/promises)?$/,
  },
  {
    name: 'drivers',
    at: ['drivers/'],
    may: ['contract', 'checks', 'concurrency', 'digests', 'timers'],
    outside: /^node:(fs|path|crypto|os)(\/promises)?$/,
  },
];

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)));
const sources = ['lib', 'drivers'].flatMap(filesBelow).filter((name) => name.endsWith('.ts'));
const floorOf = (file: string) => floors.find(({ at }) => at.some((start) => file.startsWith(start)));

/** The modules that a file imports, as paths from the root, or as they are named. Examples in docstrings do not count. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*\*.*?\*\//gs, '');
  const named = [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map(([, name = '']) => name);
  return named.map((name) => (name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name));
}

describe('imports', () => {
  it.each(sources)('of %s point downward only', (file) => {
    const floor = floorOf(file);
    expect(floor, 'every file has a floor').toBeDefined();
    const wrong = importsOf(file).filter((name) => {
      const target = floorOf(name);
      return target ? target !== floor && !floor?.may.includes(target.name) : !(floor?.outside?.test(name) ?? false);
    });
    expect(wrong).toEqual([]);
  });

  it.each(sources.filter((file) => !file.startsWith('lib/legacy/')))(
    'of %s load nothing that is only there for legacy options',
    (file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const loaded = [...text.matchAll(/^(?:import|export)(?! type)[^;]*'(\.[^']+)';/gm)].map(([, name = '']) => name);
      expect(loaded.filter((name) => /\/legacy\/(?!index\.ts)/.test(name))).toEqual([]);
    },
  );

  it('are found at all', () => {
    expect(importsOf('lib/doors/node/handler.ts')).toContain('lib/registry.ts');
    expect(importsOf('lib/doors/node/handler.ts')).toContain('node:http');
  });
});

describe('what the build leaves out of the table', () => {
  const [, names = ''] = /const forDocuments = \[(.*?)\]/.exec(readFileSync(join(root, 'tsup.config.ts'), 'utf8')) ?? [];
  // Descriptions have namesakes: drivers describe manifests.
  const left = names
    .split(', ')
    .map((name) => name.slice(1, -1))
    .filter((name) => name !== 'description');
  const reading = new RegExp(`\\.(?:${left.join('|')})\\b(?!\\.)|\\{[^{}:=]*\\b(?:${left.join('|')})\\b[^{}:=]*\\}[^=;]*= `);

  it.each(sources.filter((file) => !/^lib\/(?:api|docs)\//.test(file)))('is not read by %s', (file) => {
    const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '');
    expect(reading.exec(code)?.[0]).toBeUndefined();
  });

  it('is read by the documents', () => {
    expect(left).toContain('example');
    expect(readFileSync(join(root, 'lib/docs/openapi-content.ts'), 'utf8')).toMatch(reading);
  });
});

describe('operations', () => {
  it.each(sources.filter((file) => file.startsWith('lib/operations/')))('in %s throw what their rows declare', (file) => {
    const thrown = [...readFileSync(join(root, file), 'utf8').matchAll(/throw ([^;]+);/g)].map(
      ([, expression]) => expression ?? '',
    );
    // The functions that are named get the call, and make what they give with its `error`.
    const makers =
      'deletedMeanwhile|unknown|ended|overtaken|malformedRange|rangeOutside|wrongRange|wrongOffset|outdatedUrl|await conflict';
    // What access refuses is in every row that asks for some.
    const allowed = new RegExp(
      `call\\.(?:error|denied)\\(|^(?:\\(await words\\(\\)\\)\\.)?(?:${makers})\\(call[,)]|^deletedMeanwhile\\(\\)|^new StorageFault\\(|^err$`,
    );
    expect(thrown.filter((expression) => !allowed.test(expression))).toEqual([]);
  });
});

describe('timers', () => {
  const waiting = sources.filter((file) => !/^lib\/(?:cli|testing)|^lib\/timers\.ts$/.test(file));

  it.each(waiting)('of %s are those that were taken at load', (file) => {
    const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*.*?\*\/|\/\/.*/gs, (comment) =>
      comment.replaceAll(/\S/g, ' '),
    );
    const used = [...code.matchAll(/\b(setTimeout|clearTimeout|setInterval|clearInterval|setImmediate|performance)\b/g)];
    const taken = importsOf(file).includes('lib/timers.ts')
      ? ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate']
      : [];
    expect(used.map(([, name = '']) => name).filter((name) => !taken.includes(name))).toEqual([]);
  });
});

describe('names', () => {
  it('say what is in a file', () => {
    expect(sources.filter((file) => /(utils?|helpers?|common|types|manager|misc)\b/i.test(file))).toEqual([]);
  });
});

describe('tests', () => {
  /** Folders of data that cases are made of, beside the cases that are made of them. */
  const data = /^test\/(?:http\/hostile\/corpus|drivers\/wrong|seed\/(?:cases|table))\//;

  it.each(['unit', 'http', 'drivers', 'docs', 'seed'])('in test/%s are cases; what they use lies in test/support', (folder) => {
    const others = filesBelow(`test/${folder}`).filter((name) => /\.\w+$/.test(name) && !data.test(name));
    expect(others.filter((name) => !/\.(?:test|slow|test-d)\.ts$|\/vitest\.config\.ts$/.test(name))).toEqual([]);
  });
});
