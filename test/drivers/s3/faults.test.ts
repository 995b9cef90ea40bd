/** The driver of object stores over a store that fails: some of what `npm run s3` tries, and streams that break. */
import { describe, expect, it } from 'vitest';
import { smallestPart } from '../../../drivers/s3/part-plan.ts';
import { digestOf, sample } from '../../../lib/testing/suite/samples.ts';
import { locationOf, withDigest } from '../../support/client.ts';
import { type Client, Refused } from '../../support/s3/failing/client.ts';
import { flows } from '../../support/s3/failing/flows.ts';
import { kinds } from '../../support/s3/failing/kinds.ts';
import { courseOf, instance, on, trialsOf, tryAll } from '../../support/s3/failing/matrix.ts';

const [some] = flows.filter(({ name }) => name === 'a manifest by a tag that nobody may have taken');
const telling = new Set(['500 although done', 'reset before the reply', '409', '412', 'delivered twice']);

describe('a store that fails', () => {
  it('once, in the course of a conditional push, makes nothing untrue', async () => {
    const course = await courseOf(some ?? expect.unreachable());
    const few = kinds.filter(({ name }) => telling.has(name));
    expect((await tryAll(trialsOf(course, few, ['once']), course)).wrong).toEqual([]);
  });

  it('with a 200, at the end of a large push, is not believed', () =>
    on((double) =>
      instance(double, {}, async (client) => {
        const content = Buffer.from(sample(smallestPart + 1));
        const fault = { kind: 'error in 200', code: 'InternalError' } as const;
        const push = () => client.ask(201, 'POST', `/v2/a/blobs/uploads/?digest=${digestOf(content)}`, { body: content });
        const end = double.plan({ operation: 'CompleteMultipartUpload', fault, times: Number.POSITIVE_INFINITY });
        await expect(push()).rejects.toThrow(Refused);
        await expect(client.ask(200, 'HEAD', `/v2/a/blobs/${digestOf(content)}`)).rejects.toThrow('404');
        end();
        await push();
      }),
    ));

  it('after the bytes of a push were dropped for those that are there already, lets the push be repeated', () =>
    on((double) =>
      instance(double, {}, async (client) => {
        const content = Buffer.from(sample(smallestPart + 1));
        await client.ask(201, 'POST', `/v2/a/blobs/uploads/?digest=${digestOf(content)}`, { body: content });
        const begun = await client.ask(202, 'POST', '/v2/b/blobs/uploads/');
        const sent = await client.ask(202, 'PATCH', locationOf(begun), { body: content });
        const close = () => client.ask(201, 'PUT', withDigest(locationOf(sent), digestOf(content)));
        const fault = { kind: 'error', code: 'AccessDenied' } as const;
        const heal = double.plan({ operation: 'DeleteObject', key: /^sessions\//, fault, times: 10 });
        await expect(close()).rejects.toThrow(Refused);
        heal();
        await close();
        const { body } = await client.ask(200, 'GET', `/v2/b/blobs/${digestOf(content)}`);
        expect(body.equals(content)).toBe(true);
      }),
    ));
});

describe.each([400_000, 3_000_000])('a blob of %i bytes that break off on their way', (size) => {
  const content = Buffer.from(sample(size));
  const digest = digestOf(content);

  const pulled = (
    breaks: number,
    headers: Record<string, string>,
    use: (client: Client, pull: () => Promise<Buffer>) => Promise<void>,
  ) =>
    on((double) =>
      instance(double, {}, async (client) => {
        await client.ask(201, 'POST', `/v2/a/blobs/uploads/?digest=${digest}`, { body: content });
        double.plan({ operation: 'GetObject', key: /^data\//, times: breaks, fault: { kind: 'reset reply', after: 70_000 } });
        await use(
          client,
          async () => (await client.ask(headers.Range ? 206 : 200, 'GET', `/v2/a/blobs/${digest}`, { headers })).body,
        );
      }),
    );

  it.each([1, 2, 3])('%i times is whole for the client', (times) =>
    pulled(times, {}, async (_, pull) => {
      expect((await pull()).equals(content)).toBe(true);
    }),
  );

  it('in the middle of a range is that range', () =>
    pulled(2, { Range: 'bytes=1000-300000' }, async (_, pull) => {
      expect((await pull()).equals(content.subarray(1000, 300_001))).toBe(true);
    }));

  it('more often than three times is cut off, and never short', () =>
    pulled(4, {}, async (_, pull) => {
      await expect(pull()).rejects.toThrow('cut off');
    }));
});
