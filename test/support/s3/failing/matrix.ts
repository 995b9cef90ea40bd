/** Every flow, over a store that fails at each of its calls in each way: what was acknowledged is true, and what was not can be done again. */
import assert from 'node:assert/strict';
import { smallestPart } from '../../../../drivers/s3/part-plan.ts';
import { s3Driver } from '../../../../drivers/s3.ts';
import { withServer } from '../../../../lib/testing/wire/serve.ts';
import { type S3Double, withS3Double } from '../double.ts';
import { clientOf, Refused } from './client.ts';
import type { Actor, Flow } from './flows.ts';
import { from, type Kind, type Span } from './kinds.ts';

/** A flow, and what goes wrong at which of its calls. */
export interface Trial {
  readonly flow: Flow;
  /** From 0. */
  readonly call: number;
  readonly operation: string;
  readonly kind: Kind;
  readonly span: Span;
}

/** What a flow does when nothing fails. */
export interface Course {
  readonly flow: Flow;
  /** The calls to the store. */
  readonly calls: readonly string[];
  /** What is to be seen before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** How long the store may be silent here, in milliseconds. */
const silence = 250;

/** An instance of its own over the double, for as long as something is done with it. */
export async function instance<T>(
  double: S3Double,
  { distrusts = false }: Pick<Flow, 'distrusts'>,
  use: (actor: Actor) => Promise<T>,
): Promise<T> {
  const driver = s3Driver({
    bucket: double.bucket,
    clientConfig: { ...double.clientConfig, requestHandler: { connectionTimeout: 2000, socketTimeout: silence } },
    partSize: smallestPart,
    unsafeSingleWriter: !distrusts,
  });
  try {
    return await withServer(driver, {}, (origin) => use({ ...clientOf(origin, double), driver }));
  } finally {
    await driver.close?.();
  }
}

const seen = async ({ facts }: Flow, actor: Actor, upload: string): Promise<string[]> => {
  const all: string[] = [];
  for (const fact of facts) all.push(await fact(actor, upload));
  return all;
};

/** A double for one trial. */
export const on = <T>(use: (double: S3Double) => Promise<T>): Promise<T> => withS3Double({ bucket: 'a-bucket-of-a-store' }, use);

/** What a flow does when nothing fails. */
export function courseOf(flow: Flow): Promise<Course> {
  return on(async (double) => {
    const [upload, before] = await instance(double, flow, async (actor) => {
      const given = (await flow.before?.(actor)) ?? '';
      return [given, await seen(flow, actor, given)] as const;
    });
    const begun = double.calls.length;
    await instance(double, flow, (actor) => flow.run(actor, upload));
    const calls = double.calls.slice(begun).map(({ operation }) => operation);
    return { flow, calls, before, after: await instance(double, flow, (actor) => seen(flow, actor, upload)) };
  });
}

/** All trials of a flow. */
export function trialsOf({ flow, calls }: Course, kinds: readonly Kind[], spans: readonly Span[]): Trial[] {
  return calls.flatMap((operation, call) =>
    kinds.flatMap((kind) => spans.map((span) => ({ flow, call, operation, kind, span }))),
  );
}

/** Tries it; gives whether the client was told that all was done. Throws where the registry is wrong. */
function tried({ flow, call, kind, span }: Trial, { before, after }: Course): Promise<boolean> {
  return on(async (double) => {
    const upload = await instance(double, flow, async (actor) => (await flow.before?.(actor)) ?? '');
    const end = double.plan(from(call, span, kind));
    const done = await instance(double, flow, (actor) => isDone(flow, actor, upload));
    end();
    await instance(double, flow, async (actor) => {
      const now = await seen(flow, actor, upload);
      if (done) assert.deepEqual(now, after, 'what was acknowledged is there');
      for (const [at, fact] of now.entries()) assert.ok(fact === before[at] || fact === after[at], `${fact} is half`);
      if (now.every((fact, at) => fact === after[at])) return;
      const again = (await flow.before?.(actor)) ?? '';
      await flow.run(actor, again);
      assert.deepEqual(await seen(flow, actor, again), after, 'what was refused can be done again');
    });
    return done;
  });
}

async function isDone(flow: Flow, actor: Actor, upload: string): Promise<boolean> {
  try {
    await flow.run(actor, upload);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** How one trial is told from the others. */
export const told = ({ flow, call, operation, kind, span }: Trial): string =>
  `${flow.name}, call ${call + 1} (${operation}): ${kind.name}, ${span}`;

/** Tries them, several at once; gives those that are wrong with why, and how many ended in success. */
export async function tryAll(trials: readonly Trial[], course: Course, atOnce = 8) {
  const wrong: string[] = [];
  const done: Trial[] = [];
  const left = [...trials];
  const next = async (): Promise<void> => {
    for (let trial = left.shift(); trial; trial = left.shift()) {
      try {
        if (await tried(trial, course)) done.push(trial);
      } catch (error) {
        wrong.push(`${told(trial)}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return { wrong, done };
}
