/** The plots of docs/performance.md, as SVG that can be read on light and on dark. */
import { createRequire } from 'node:module';
import * as Plot from '@observablehq/plot';
import type { ScaleResults } from './scale.ts';
import type { CaseResult, Row, TableResults } from './table.ts';
import type { TargetName } from './targets/targets.ts';

// Its types would bring those of browsers into all of the project.
const { JSDOM }: { JSDOM: new () => { readonly window: { readonly document: Document } } } = createRequire(import.meta.url)(
  'jsdom',
);
const { document } = new JSDOM().window;

/** Grey and colours that stand out from white and from black alike. */
const ink = '#7a7a7a';
const ours = '#3b82c4';
const others = '#c2762f';
const range = ['#3b82c4', '#c2762f', '#3f9a5f', '#b0589c'];

/** A plot as a file of its own; `words` say what it shows to those who do not see it. */
function draw(words: string, options: Plot.PlotOptions): string {
  const plot = Plot.plot({ document, ariaLabel: words, style: { background: 'none', color: ink, fontSize: '12px' }, ...options });
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${plot.outerHTML}\n`;
}

/** The columns of a plot of ratios. */
const columns: Partial<Record<TargetName, string>> = {
  fs: 'fs',
  'fs-workers': 'fs, 2 workers',
  memory: 'memory',
  bare: 'bare node:http',
};

/** The rows of a workload that were measured. */
export const measuredRows = ({ targets }: CaseResult): [TargetName, Row][] =>
  Object.entries(targets).flatMap(([name, row]) => ('failure' in row ? [] : [[name as TargetName, row]]));

/** The ratio to distribution of each workload, one column for each way to run a registry; the line is distribution. */
export function ratioPlot(words: string, results: TableResults): string {
  const bars = Object.values(results).flatMap((result) =>
    measuredRows(result).flatMap(([name, { ratio }]) => {
      const column = columns[name];
      return column === undefined || ratio === undefined
        ? []
        : [{ workload: result.title, column, ratio, color: name === 'bare' ? others : ours }];
    }),
  );
  const workloads = Object.values(results).map(({ title }) => title);
  const ratios = [1, ...bars.map(({ ratio }) => ratio)];
  const ticks = [0.1, 1, 10, 100].filter((tick) => tick >= Math.min(...ratios) && tick <= Math.max(...ratios));
  return draw(words, {
    width: 960,
    height: 80 + 24 * workloads.length,
    marginBottom: 45,
    marginLeft: 210,
    marginRight: 40,
    x: { type: 'log', label: 'times distribution', ticks, tickFormat: (value: number) => `${value}` },
    y: { domain: workloads, label: null },
    fx: { domain: Object.values(columns), label: null, padding: 0.15 },
    marks: [
      Plot.barX(bars, { x1: 1, x2: 'ratio', y: 'workload', fx: 'column', fill: 'color', insetTop: 3, insetBottom: 3 }),
      Plot.text(bars, {
        x: ({ ratio }) => Math.max(ratio, 1),
        y: 'workload',
        fx: 'column',
        text: ({ ratio }) => ratio.toPrecision(2),
        textAnchor: 'start',
        dx: 4,
        fill: ink,
      }),
      Plot.ruleX([1], { stroke: ink }),
    ],
  });
}

/** The most memory that each workload took, beside distribution. */
export function memoryPlot(words: string, results: TableResults): string {
  const names: Partial<Record<TargetName, string>> = { distribution: 'distribution', fs: 'stowage, fs' };
  const dots = Object.values(results).flatMap((result) =>
    measuredRows(result).flatMap(([name, { peakMebibytes }]) => {
      const target = names[name];
      return target === undefined ? [] : [{ workload: result.title, target, peakMebibytes }];
    }),
  );
  const workloads = Object.values(results).map(({ title }) => title);
  return draw(words, {
    width: 960,
    height: 80 + 24 * workloads.length,
    marginBottom: 45,
    marginLeft: 210,
    marginRight: 100,
    x: { label: 'peak of resident memory, MiB', grid: true, zero: true },
    y: { domain: workloads, label: null },
    color: { domain: Object.values(names), range: [others, ours] },
    marks: [
      Plot.dot(dots, { x: 'peakMebibytes', y: 'workload', fill: 'target', r: 6 }),
      Plot.text(dots.slice(0, 2), {
        x: 'peakMebibytes',
        y: 'workload',
        text: 'target',
        fill: 'target',
        textAnchor: 'start',
        dx: 12,
      }),
    ],
  });
}

/** A point of a plot of growth. */
interface Point {
  readonly driver: string;
  readonly size: number;
  readonly operation: string;
  readonly milliseconds: number;
}

const growthHeight = 280;
const labelHeight = 14;

/** How long a request takes by how much there is of something, for each driver. */
export function growthPlot(words: string, title: string, { drivers }: ScaleResults[string]): string {
  const points = Object.entries(drivers).flatMap(([driver, steps]) =>
    steps.flatMap(({ size, operations }) =>
      Object.entries(operations).map(([operation, { milliseconds }]): Point => ({ driver, size, operation, milliseconds })),
    ),
  );
  const exponents = points.map(({ milliseconds }) => Math.log10(milliseconds));
  const [lowest, highest] = [Math.floor(Math.min(...exponents)), Math.ceil(Math.max(...exponents))];
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index));
  const labels = Object.keys(drivers).flatMap((driver) =>
    apart(
      points.filter((point) => point.driver === driver),
      10 ** (((highest - lowest) * labelHeight) / (growthHeight - 80)),
    ),
  );
  const place = { x: 'size', y: 'milliseconds', fx: 'driver', z: 'operation' };
  return draw(words, {
    width: 960,
    height: growthHeight,
    marginBottom: 45,
    marginLeft: 60,
    marginRight: 170,
    x: {
      type: 'log',
      label: title,
      ticks: [...new Set(points.map(({ size }) => size))],
      tickFormat: (value: number) => value.toLocaleString('en-US'),
    },
    y: {
      type: 'log',
      label: 'milliseconds',
      grid: true,
      domain: [10 ** lowest, 10 ** highest],
      ticks,
      tickFormat: (value: number) => String(Number(value.toPrecision(1))),
    },
    fx: { label: null, padding: 0.25 },
    color: { range },
    marks: [
      Plot.line(points, { ...place, stroke: 'operation', strokeWidth: 2 }),
      Plot.dot(points, { ...place, fill: 'operation' }),
      Plot.text(labels, { ...place, fill: 'operation', text: 'operation', textAnchor: 'start', dx: 8 }),
    ],
  });
}

/** The last point of each operation, moved up where it would lie on the label below it: by this factor at least. */
function apart(points: readonly Point[], factor: number): Point[] {
  const largest = Math.max(...points.map(({ size }) => size));
  const last = points.filter(({ size }) => size === largest).sort((one, other) => one.milliseconds - other.milliseconds);
  let least = 0;
  return last.map((point) => {
    const milliseconds = Math.max(point.milliseconds, least);
    least = milliseconds * factor;
    return { ...point, milliseconds };
  });
}
