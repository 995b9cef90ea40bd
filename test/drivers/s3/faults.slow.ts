/**
 * Every flow over a store that fails at each of its calls, in each way: once, and with `STOWAGE_FAULTS=all` also however
 * often the call is made, which takes long.
 */
import { describe, expect, it } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { withServer } from '../../../lib/testing/wire/serve.ts';
import { locationOf, send } from '../../support/client.ts';
import { startS3Double } from '../../support/s3/double.ts';
import { deaths, goesOn } from '../../support/s3/failing/dying.ts';
import { flows } from '../../support/s3/failing/flows.ts';
import { kinds, passes, type Span } from '../../support/s3/failing/kinds.ts';
import { courseOf, told, trialsOf, tryAll } from '../../support/s3/failing/matrix.ts';

const spans: readonly Span[] = process.env.STOWAGE_FAULTS === 'all' ? ['once', 'stuck'] : ['once'];

describe('a store that fails in the course of', () => {
  it.each(flows)(
    '$name',
    async (flow) => {
      const course = await courseOf(flow);
      const trials = trialsOf(course, kinds, spans);
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
