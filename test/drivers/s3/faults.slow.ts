/**
 * Every flow over a store that fails at each of its calls, in each way; large flows in a third of the ways at each call,
 * another third at the next one, so that each call and each way has its turn. With `STOWAGE_FAULTS=all`, which takes long,
 * large flows fail in each way, too, and every call fails once and however often it is made.
 */
import { describe, expect, it } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { withServer } from '../../../lib/testing/wire/serve.ts';
import { locationOf, send } from '../../support/client.ts';
import { startS3Double } from '../../support/s3/double.ts';
import { deaths, goesOn } from '../../support/s3/failing/dying.ts';
import { flows } from '../../support/s3/failing/flows.ts';
import { kinds, passes, type Span } from '../../support/s3/failing/kinds.ts';
import { courseOf, type Trial, told, trialsOf, tryAll } from '../../support/s3/failing/matrix.ts';

const all = process.env.STOWAGE_FAULTS === 'all';
const spans: readonly Span[] = all ? ['once', 'stuck'] : ['once'];

/** Whether a trial has its turn. */
const isDue = ({ flow, call, kind }: Trial): boolean => all || !flow.large || (call + kinds.indexOf(kind)) % 3 === 0;

describe('a store that fails in the course of', () => {
  it.each(flows)(
    '$name',
    async (flow) => {
      const course = await courseOf(flow);
      const trials = trialsOf(course, kinds, spans).filter(isDue);
      const { wrong, done } = await tryAll(trials, course);
      process.stdout.write(`${flow.name}: ${course.calls.length} calls, ${trials.length} faults, ${done.length} unnoticed\n`);
      expect(wrong).toEqual([]);
      const noticed = trials.filter((trial) => trial.span === 'once' && passes(trial.kind) && !done.includes(trial));
      expect(noticed.map(told), 'what passes is not noticed').toEqual([]);
    },
    300_000,
  );
});

describe('an instance that dies', () => {
  it.each(deaths)('in the course of $name', goesOn, 300_000);
});

describe('a store that is silent', () => {
  it('is given up within 30 seconds', async () => {
    const { bucket, clientConfig, plan, close } = await startS3Double();
    const driver = s3Driver({ bucket, clientConfig });
    await withServer(driver, {}, async (origin) => {
      const beginning = { method: 'POST', path: '/v2/library/sample/blobs/uploads/' };
      const begun = await send(origin, beginning);
      plan({ fault: { kind: 'silence' }, times: Number.POSITIVE_INFINITY });
      const started = performance.now();
      const asked = [
        send(origin, { method: 'PATCH', path: locationOf(begun), body: Buffer.alloc(20_000_000) }),
        send(origin, beginning),
        send(origin, { method: 'GET', path: '/v2/library/sample/manifests/latest' }),
      ];
      for (const { status, headers } of await Promise.all(asked)) expect([status, headers['retry-after']]).toEqual([503, '5']);
      const seconds = (performance.now() - started) / 1000;
      process.stdout.write(`a silent store was given up after ${seconds.toFixed(1)} s\n`);
      expect(seconds).toBeLessThan(30);
    });
    await driver.close?.();
    await close();
  }, 60_000);
});
