/**
 * `npm run bench -- scale`: what a request costs where there is much of something, beside where there is little.
 *
 *     npm run bench -- scale [--largest N] [--driver memory|fs]… [--dimension NAME]…
 */
import { parseArgs } from 'node:util';
import { generate, prepare } from './generator.ts';
import { waitUntilIdle } from './machine.ts';
import { type Circumstances, circumstances, keepResults, readResults } from './results.ts';
import { type Dimension, dimensions } from './scale/dimensions.ts';
import { startWorker, type Worker } from './scale/worker.ts';
import { newFolder } from './targets/folders.ts';
import { startServer } from './targets/server.ts';
import { stowageCommand } from './targets/targets.ts';

const driverNames = ['memory', 'fs'] as const;
type DriverName = (typeof driverNames)[number];

/** What was found at one size. */
export interface Step {
  readonly size: number;
  /** By operation: half of the requests took no longer, and for how long the event loop was held at most. */
  readonly operations: Readonly<Record<string, { readonly milliseconds: number; readonly held: number }>>;
  /** Memory of the process per entry, in bytes, where it was stored through it. */
  readonly bytesEach?: number;
  /** From the start of the command to its first reply, where there is something on disk. */
  readonly startMilliseconds?: number;
}

/** What `bench/results/scale.json` holds: by dimension, then by driver. */
export type ScaleResults = Readonly<
  Record<string, Circumstances & { readonly drivers: Partial<Record<DriverName, readonly Step[]>> }>
>;

/** A request takes no longer than this many times what it takes where there is little. */
const mostFactor = 1.5;
/** What is so short is noise. */
const leastMilliseconds = 0.3;
/** The event loop is held no longer. */
const mostHeld = 50;

/** Measures, prints, keeps, and counts what stayed within the bounds. */
export async function scale(words: readonly string[]): Promise<{ passed: number; failed: number }> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      largest: { type: 'string', default: '100000' },
      driver: { type: 'string', multiple: true },
      dimension: { type: 'string', multiple: true },
    },
  });
  const counts = { passed: 0, failed: 0 };
  const about = circumstances(process.version);
  for (const [name, dimension] of Object.entries(dimensions)) {
    if (values.dimension?.includes(name) === false) continue;
    for (const driver of driverNames) {
      if (values.driver?.includes(driver) === false) continue;
      const steps: Step[] = [];
      for (const size of dimension.sizes.filter((each) => each <= Number(values.largest))) {
        const step = await measureStep(name, dimension, size, driver);
        steps.push(step);
        const verdicts = judge(dimension, steps);
        print(`${dimension.title}: ${size}, ${driver}`, step, verdicts);
        counts.passed += verdicts.filter(({ kept }) => kept).length;
        counts.failed += verdicts.filter(({ kept }) => !kept).length;
      }
      const kept = readResults<ScaleResults>('scale') ?? {};
      keepResults('scale', { ...kept, [name]: { ...about, drivers: { ...kept[name]?.drivers, [driver]: steps } } });
    }
  }
  return counts;
}

async function measureStep(name: string, dimension: Dimension, size: number, driver: DriverName): Promise<Step> {
  if (driver === 'memory') {
    return withWorker(['memory'], async (worker) => {
      const before = await worker.memory();
      await worker.fill(name, size);
      return measureOperations(dimension, size, worker, before);
    });
  }
  const root = await newFolder();
  await withWorker(['fs', root, '--without-syncs'], (worker) => worker.fill(name, size));
  await waitUntilIdle();
  const startMilliseconds = await startTime(root);
  const step = await withWorker(['fs', root], async (worker) =>
    measureOperations(dimension, size, worker, dimension.before && (await worker.memory())),
  );
  return { ...step, startMilliseconds };
}

async function withWorker<T>(words: readonly string[], use: (worker: Worker) => Promise<T>): Promise<T> {
  const worker = await startWorker(words);
  try {
    return await use(worker);
  } finally {
    await worker.end();
  }
}

async function startTime(root: string): Promise<number> {
  const started = performance.now();
  const server = await startServer(stowageCommand(process.execPath, ['--root', root]));
  const milliseconds = Math.round(performance.now() - started);
  await server.end();
  return milliseconds;
}

/** `before` is the memory before anything was stored through this process. */
async function measureOperations(dimension: Dimension, size: number, worker: Worker, before: number | undefined): Promise<Step> {
  const rest = dimension.before?.(size);
  if (rest !== undefined) await prepare(worker.origin, rest);
  const bytesEach = before === undefined ? undefined : Math.round(((await worker.memory()) - before) / size);
  const operations: Record<string, Step['operations'][string]> = {};
  for (const [title, load] of Object.entries(dimension.operations(size))) {
    await waitUntilIdle();
    const { result, held } = await worker.watched(() => generate(worker.origin, load));
    if (result.failures > 0) throw new Error(`${title}: ${result.firstFailure}`);
    operations[title] = { milliseconds: result.milliseconds.p50, held: Number(held.toFixed(1)) };
  }
  return { size, operations, ...(bytesEach !== undefined && { bytesEach }) };
}

/** What is promised of a step, and whether it was kept. */
interface Verdict {
  readonly operation: string;
  readonly kept: boolean;
  /** The time in relation to that of the first step. */
  readonly factor: number;
}

/** The verdicts on the last of these steps. */
function judge({ grows }: Dimension, steps: readonly Step[]): Verdict[] {
  const [first, last] = [steps[0], steps.at(-1)];
  return Object.entries(last?.operations ?? {}).map(([operation, { milliseconds, held }]) => {
    const least = Math.max(first?.operations[operation]?.milliseconds ?? milliseconds, leastMilliseconds);
    const factor = Math.max(milliseconds, leastMilliseconds) / least;
    return { operation, factor, kept: held <= mostHeld && (grows === true || factor <= mostFactor) };
  });
}

function print(title: string, { operations, bytesEach, startMilliseconds }: Step, verdicts: readonly Verdict[]): void {
  const memory = bytesEach === undefined ? '' : `; ${bytesEach} bytes of memory each`;
  const start = startMilliseconds === undefined ? '' : `; starts in ${startMilliseconds} ms`;
  console.log(`${title}${memory}${start}`);
  for (const { operation, factor, kept } of verdicts) {
    const { milliseconds, held } = operations[operation] ?? { milliseconds: Number.NaN, held: Number.NaN };
    const figures = `${milliseconds.toFixed(2)} ms, ${factor.toFixed(2)} times the first; the loop was held for ${held} ms at most`;
    console.log(`${kept ? 'ok    ' : 'FAILED'} ${operation}: ${figures}`);
  }
}
