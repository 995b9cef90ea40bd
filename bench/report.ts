/** `npm run bench -- report`: writes what is in `bench/results` into docs/performance.md, and draws its plots. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renewed } from '../test/support/marked-parts.ts';
import { type CallResults, imagePush } from './calls.ts';
import type { CeilingResults } from './ceiling.ts';
import { growthPlot, measuredRows, memoryPlot, ratioPlot } from './plots.ts';
import { type Circumstances, median, readResults } from './results.ts';
import { dimensions } from './scale/dimensions.ts';
import type { ScaleResults } from './scale.ts';
import { type CaseResult, type TableResults, tableName } from './table.ts';
import { type TargetName, targets } from './targets/targets.ts';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));
const nodes = ['20', '24'];
const missing = 'Not measured yet.';

/** The document and its plots, by path below `docs/`. */
export function performanceDocuments(): Readonly<Record<string, string>> {
  const plots: Record<string, string> = {};
  /** A plot, and the text that shows it. */
  const plot: Draw = (name, words, draw) => {
    plots[`performance/${name}.svg`] = draw(words);
    return `![${words}](performance/${name}.svg)`;
  };
  const parts = {
    table: nodes.map((node) => tablePart(node, plot)).join('\n\n'),
    s3: objectStorePart(),
    memory: memoryPart(plot),
    slower: slowerPart(),
    flows: flowsPart(),
    growth: growthPart(plot),
    calls: callsPart(),
    prices: pricesPart(),
    generator: generatorPart(),
    machine: machinePart(),
  };
  const old = readFileSync(join(folder, 'performance.md'), 'utf8');
  const text = Object.entries(parts).reduce((document, [mark, part]) => renewed(document, mark, part), old);
  return { 'performance.md': text, ...plots };
}

/** Writes the document, and its plots anew. */
export async function report(): Promise<void> {
  const documents = performanceDocuments();
  rmSync(join(folder, 'performance'), { recursive: true, force: true });
  mkdirSync(join(folder, 'performance'));
  for (const [path, text] of Object.entries(documents)) writeFileSync(join(folder, path), text);
}

type Draw = (name: string, words: string, draw: (words: string) => string) => string;

const tableOf = (node: string): TableResults => readResults<TableResults>(tableName('distribution', node)) ?? {};
const bucketTable = (): TableResults => readResults<TableResults>(tableName('distribution-s3', '20')) ?? {};

/** A table of Markdown, numbers at the right. */
function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0), 4));
  const padded = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(padded).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** Three digits that mean something; a dash for what was not measured. */
function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2, useGrouping: value >= 10_000 });
}

/** A row of a workload, where it was measured. */
const rowOf = (result: CaseResult, target: TargetName) => measuredRows(result).find(([name]) => name === target)?.[1];

function ratioOf(result: CaseResult, target: TargetName): string {
  const ratio = rowOf(result, target)?.ratio;
  return ratio === undefined ? '–' : number(ratio);
}

function rateOf(result: CaseResult, target: TargetName): string {
  const row = rowOf(result, target);
  return row === undefined
    ? '–'
    : `${number(row.rate.median)} (${number(row.rate.min)} to ${number(row.rate.max)}) ${result.unit}`;
}

function tablePart(node: string, plot: Draw): string {
  const results = tableOf(node);
  const entries = Object.values(results);
  if (entries.length === 0) return `### Node ${node}\n\n${missing}`;
  const shown = ['fs', 'fs-workers', 'fs-without-syncs', 'memory', 'crane', 'bare'] as const;
  const head = ['workload', 'distribution', ...shown.map((target) => targets[target].title)];
  const body = entries.map((result) => [
    result.title,
    rateOf(result, 'distribution'),
    ...shown.map((target) => ratioOf(result, target)),
  ]);
  const picture = plot(`ratios-node${node}`, `The ratios to distribution on Node ${node}`, (words) => ratioPlot(words, results));
  return `### Node ${node}\n\n${circumstancesOf(entries)}\n\n${rows(head, body)}\n\n${picture}`;
}

function objectStorePart(): string {
  const entries = Object.values(bucketTable());
  if (entries.length === 0) return missing;
  const head = ['workload', 'distribution', 'stowage', 'ratio', 'CPU of distribution, ms', 'CPU of stowage, ms'];
  const cpu = (result: CaseResult, target: TargetName) => number(rowOf(result, target)?.cpuMilliseconds ?? Number.NaN);
  const body = entries.map((result) => [
    result.title,
    rateOf(result, 'distribution-s3'),
    rateOf(result, 's3'),
    ratioOf(result, 's3'),
    cpu(result, 'distribution-s3'),
    cpu(result, 's3'),
  ]);
  return `${circumstancesOf(entries)}\n\n${rows(head, body)}`;
}

function memoryPart(plot: Draw): string {
  const results = tableOf('20');
  const entries = Object.values(results);
  if (entries.length === 0) return missing;
  const shown = ['distribution', 'fs', 'fs-workers'] as const;
  const names = { distribution: 'distribution', fs: 'stowage, fs', 'fs-workers': 'two workers' };
  const head = [
    'workload',
    ...['peak MiB', 'CPU ms', 'p99 ms'].flatMap((what) => shown.map((target) => `${what}, ${names[target]}`)),
  ];
  const body = entries.map((result) => {
    const cells = (figure: 'peakMebibytes' | 'cpuMilliseconds' | 'p99Milliseconds') =>
      shown.map((target) => number(rowOf(result, target)?.[figure] ?? Number.NaN));
    return [result.title, ...cells('peakMebibytes'), ...cells('cpuMilliseconds'), ...cells('p99Milliseconds')];
  });
  return `${rows(head, body)}\n\n${plot('memory', 'The peak of the memory of each workload', (words) => memoryPlot(words, results))}`;
}

/** What writes durably. */
const durable = ['fs', 'fs-workers', 's3'] as const;

/** Where the reference is faster. */
function slowerPart(): string {
  const slowerIn = (results: TableResults, node: string) =>
    Object.values(results).flatMap((result) =>
      durable.flatMap((target) => {
        const ratio = rowOf(result, target)?.ratio;
        return ratio === undefined || ratio >= 1
          ? []
          : [`- ${targets[target].title}, Node ${node}: ${result.title}: ${number(ratio)}`];
      }),
    );
  const lines = [...nodes.flatMap((node) => slowerIn(tableOf(node), node)), ...slowerIn(bucketTable(), '20'), ...slowerFlows()];
  if (nodes.every((node) => Object.keys(tableOf(node)).length === 0)) return missing;
  return lines.length > 0 ? lines.join('\n') : 'Nowhere in these tables.';
}

/** The flows that take longer, in words. */
function slowerFlows(): readonly string[] {
  return Object.entries(readResults<FlowResults>('flows')?.seconds ?? {}).flatMap(([flow, row]) =>
    durable.flatMap((target) => {
      const { title, reference } = targets[target];
      const ratio = median(row[reference] ?? []) / median(row[target] ?? []);
      return ratio < 1 ? [`- ${title}, ${flow}: ${number(ratio)}`] : [];
    }),
  );
}

function growthPart(plot: Draw): string {
  const results = readResults<ScaleResults>('scale') ?? {};
  const sections = Object.entries(results).map(([name, result]) => {
    const title = dimensions[name]?.title ?? name;
    const all = Object.entries(result.drivers).flatMap(([driver, steps]) => steps.map((step) => ({ driver, ...step })));
    const operations = [...new Set(all.flatMap((step) => Object.keys(step.operations)))];
    const head = [
      title,
      ...operations.map((operation) => `${operation}, ms`),
      'loop held, ms',
      'bytes of memory each',
      'start, ms',
    ];
    const body = all.map(({ driver, size, operations: found, bytesEach, startMilliseconds }) => [
      `${size.toLocaleString('en-US')}, ${driver}`,
      ...operations.map((operation) => number(found[operation]?.milliseconds ?? Number.NaN)),
      number(Math.max(...Object.values(found).map(({ held }) => held))),
      bytesEach === undefined ? '–' : number(bytesEach),
      startMilliseconds === undefined ? '–' : number(startMilliseconds),
    ]);
    const picture = plot(`growth-${name}`, `What requests take by the number of ${title}`, (words) =>
      growthPlot(words, title, result),
    );
    const { date, commit, node, machine } = result;
    const measured = `Measured ${date}, commit ${commit}, Node ${node}, on ${machine.fileSystem}.`;
    return `### ${title[0]?.toUpperCase()}${title.slice(1)}\n\n${measured}\n\n${rows(head, body)}\n\n${picture}`;
  });
  return sections.length > 0 ? sections.join('\n\n') : missing;
}

/** What `bench/results/flows.json` holds: the seconds of each round, by flow and target. */
interface FlowResults extends Circumstances {
  readonly rounds: number;
  readonly seconds: Readonly<Record<string, Readonly<Partial<Record<TargetName, readonly number[]>>>>>;
}

function flowsPart(): string {
  const results = readResults<FlowResults>('flows');
  if (results === undefined) return missing;
  const names = Object.keys(Object.values(results.seconds)[0] ?? {}) as TargetName[];
  const head = ['', ...Object.keys(results.seconds).map((flow) => `${flow}, s`)];
  const body = names.map((name) => [
    targets[name].title,
    ...Object.values(results.seconds).map((row) => number(median(row[name] ?? []))),
  ]);
  return `${circumstancesOf([results])}\n\n${rows(head, body)}`;
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Calls of the store, by what they cost; what is not named here costs nothing. */
const priced = {
  write: [
    'PutObject',
    'CopyObject',
    'CreateMultipartUpload',
    'UploadPart',
    'UploadPartCopy',
    'CompleteMultipartUpload',
    'ListObjectsV2',
  ],
  read: ['GetObject', 'HeadObject'],
};
/** US dollars for one call: the list price of S3 Standard in us-east-1. */
const dollars = { write: 0.005 / 1000, read: 0.0004 / 1000 };
const hoursPerMonth = 730;

const countOf = (counts: Readonly<Record<string, number>>, names: readonly string[]) =>
  sum(names.map((name) => counts[name] ?? 0));

/** What a flow asks for now, and in brackets what it asked for in 0.1 where that was another number. */
function callsPart(): string {
  const [results, old] = [readResults<CallResults>('calls'), readResults<CallResults>('calls-0.1')];
  if (results === undefined) return missing;
  const head = [
    'flow',
    'calls of the file system',
    'syncs',
    'calls of the store',
    'writes and lists',
    'reads',
    "distribution's calls of the store",
  ];
  const all = (counts: Readonly<Record<string, number>>) => sum(Object.values(counts));
  const columns = [
    ['fs', all],
    ['fs', (counts) => countOf(counts, ['sync', 'datasync'])],
    ['s3', all],
    ['s3', (counts) => countOf(counts, priced.write)],
    ['s3', (counts) => countOf(counts, priced.read)],
  ] as const satisfies (readonly ['fs' | 's3', (counts: Readonly<Record<string, number>>) => number])[];
  const body = Object.keys(results.fs).map((flow) => [
    flow,
    ...columns.map(([driver, count]) => {
      const [now, then] = [count(results[driver][flow] ?? {}), old?.[driver][flow]];
      return then === undefined || now === count(then) ? number(now) : `${number(now)} (${number(count(then))})`;
    }),
    number(results['distribution-s3'][flow] ? all(results['distribution-s3'][flow]) : Number.NaN),
  ]);
  return rows(head, body);
}

function pricesPart(): string {
  const counts = readResults<CallResults>('calls')?.s3;
  if (counts === undefined) return missing;
  const priceOf = (flow: string) => {
    const found = counts[flow] ?? {};
    return countOf(found, priced.write) * dollars.write + countOf(found, priced.read) * dollars.read;
  };
  const perHour = [1, 100, 10_000];
  const month = (price: number, times: number) =>
    `$${(price * times * hoursPerMonth).toLocaleString('en-US', { maximumFractionDigits: 2, minimumFractionDigits: 2 })}`;
  const shown = [imagePush, 'manifest HEAD by tag', 'manifest GET by tag', 'pull of 1 KiB'];
  const head = ['flow', ...perHour.map((times) => `${times.toLocaleString('en-US')} an hour`)];
  return rows(
    head,
    shown.map((flow) => [flow, ...perHour.map((times) => month(priceOf(flow), times))]),
  );
}

function generatorPart(): string {
  const results = readResults<CeilingResults>('ceiling');
  if (results === undefined) return missing;
  const body = Object.entries(results).map(([title, { perSecond, mebibytesPerSecond }]) => [
    title,
    number(perSecond),
    number(mebibytesPerSecond),
  ]);
  return rows(['against the null server', 'per second', 'MiB/s'], body);
}

/** When and of what some workloads were measured: a part of a table may be newer than the rest. */
function circumstancesOf(entries: readonly (Circumstances & { readonly rounds: number })[]): string {
  const said = entries.map(
    ({ date, commit, node, rounds }) => `${date}, commit ${commit}, Node ${node}, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
  );
  return `Measured ${[...new Set(said)].join('; ')}.`;
}

function machinePart(): string {
  const all: Circumstances[] = [
    ...nodes.flatMap((node) => Object.values(tableOf(node))),
    ...Object.values(bucketTable()),
    ...Object.values(readResults<ScaleResults>('scale') ?? {}),
  ];
  const machines = all.map(
    ({ machine: { cpus, model, memoryGibibytes, kernel, fileSystem } }) =>
      `- ${cpus} × ${model}, ${memoryGibibytes} GiB of memory, Linux ${kernel}, ${fileSystem}`,
  );
  return machines.length > 0 ? [...new Set(machines)].join('\n') : missing;
}
