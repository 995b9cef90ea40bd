/** `stowage/metrics`: what is counted, that no client can make it grow, and that others read it. */
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { createRegistryHandler, type ResponseEvent } from '../../../lib/index.ts';
import { expose, type Family, metrics, sumOf } from '../../../lib/metrics/index.ts';
import { digest } from '../../../lib/testing/exchanges/given.ts';

const event = (more: Partial<ResponseEvent> = {}): ResponseEvent => ({
  requestId: 'a-1',
  method: 'GET',
  path: '/v2/',
  remoteAddress: undefined,
  operation: 'checkBase',
  status: 200,
  bytesIn: 0,
  bytesOut: 2,
  complete: true,
  milliseconds: 3,
  ...more,
});

/** The value of a sample in a text, by its name and labels as they are written. */
const valueIn = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

describe('metrics', () => {
  it('count the requests of a registry, and what was transferred', async () => {
    const { onResponse, expose: text } = metrics();
    const handler = createRegistryHandler(memoryDriver(), { onResponse });
    const ask = async (method: string, path: string, body?: string) => {
      const reply = await handler.fetch(new Request(`http://registry${path}`, { method, ...(body !== undefined && { body }) }));
      await reply.arrayBuffer();
    };
    await ask('POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 'hello');
    await ask('GET', `/v2/a/blobs/${digest('hello')}`);
    await ask('GET', `/v2/a/blobs/${digest('hello')}`);
    await ask('GET', '/v2/a/manifests/1.0');
    await handler.drain();
    const { body } = text();
    expect(valueIn(body, 'stowage_requests_total{operation="pushBlob",method="POST",status="201",code=""}')).toBe(1);
    expect(valueIn(body, 'stowage_requests_total{operation="getBlob",method="GET",status="200",code=""}')).toBe(2);
    const refused = 'operation="getManifest",method="GET",status="404",code="MANIFEST_UNKNOWN"';
    expect(valueIn(body, `stowage_requests_total{${refused}}`)).toBe(1);
    expect(valueIn(body, 'stowage_received_bytes_total{operation="pushBlob"}')).toBe(5);
    expect(valueIn(body, 'stowage_sent_bytes_total{operation="getBlob"}')).toBe(10);
    expect(valueIn(body, 'stowage_request_duration_seconds_count{operation="getBlob"}')).toBe(2);
    expect(body).not.toContain('in_flight');
  });

  it('have a histogram whose buckets have those of the smaller ones in them', () => {
    const { onResponse, expose: text } = metrics();
    for (const milliseconds of [1, 3, 700, 600_000]) onResponse(event({ milliseconds }));
    const { body } = text();
    const bucket = (le: string) => valueIn(body, `stowage_request_duration_seconds_bucket{operation="checkBase",le="${le}"}`);
    expect(['0.001', '0.0025', '0.005', '0.5', '1.0', '300.0', '+Inf'].map(bucket)).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(valueIn(body, 'stowage_request_duration_seconds_sum{operation="checkBase"}')).toBeCloseTo(600.704);
  });

  it('have no more samples whatever clients send', () => {
    const { onResponse, families } = metrics();
    const { operation: _, ...unknown } = event({ status: 404, code: 'UNSUPPORTED' });
    const count = () => families().flatMap(({ values }) => values).length;
    onResponse({ ...unknown, method: 'BREW' });
    const few = count();
    for (let turn = 0; turn < 100; turn++)
      onResponse({ ...unknown, method: `BREW${turn}`, path: `/v2/${turn}`, remoteAddress: `10.0.0.${turn}` });
    expect(count()).toBe(few);
  });

  it('say how many responses did not leave whole, and how many are being answered', () => {
    let inFlight = 0;
    const { onResponse, expose: text } = metrics({ inFlight: () => inFlight });
    onResponse(event({ status: 499, complete: false }));
    inFlight = 7;
    expect(valueIn(text().body, 'stowage_broken_responses_total{operation="checkBase"}')).toBe(1);
    expect(valueIn(text().body, 'stowage_requests_in_flight')).toBe(7);
  });

  it('stand beside those of a host with prom-client', async () => {
    const { onResponse, registerWith, families } = metrics();
    const register = new Registry();
    registerWith(register);
    onResponse(event());
    const text = await register.metrics();
    expect(valueIn(text, 'stowage_requests_total{operation="checkBase",method="GET",status="200",code=""}')).toBe(1);
    expect(valueIn(text, 'stowage_request_duration_seconds_bucket{operation="checkBase",le="0.005"}')).toBe(1);
    const lines = (from: string) => from.split('\n').filter(Boolean).sort();
    expect(lines(text)).toEqual(lines(expose(families()).body));
  });
});

describe('the text of metrics', () => {
  const family: Family = { name: 'a_total', help: 'As.', type: 'counter', values: [{ labels: { of: 'x"\\\ny' }, value: 1 }] };

  it.each<[string, string | undefined, boolean]>([
    ['nothing', undefined, false],
    ['everything', '*/*', false],
    ['text', 'text/plain', false],
    ['OpenMetrics', 'application/openmetrics-text; version=1.0.0; charset=utf-8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', true],
    ['OpenMetrics among others', 'text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.75', true],
    ['anything but OpenMetrics', 'application/openmetrics-text;q=0, text/plain', false],
  ])('is in the format that is asked for: %s', (_, accept, isOpen) => {
    const { contentType, body } = expose([family], accept);
    expect(contentType).toMatch(isOpen ? /^application\/openmetrics-text; version=1\.0\.0/ : /^text\/plain; version=0\.0\.4/);
    expect(body.endsWith('# EOF\n')).toBe(isOpen);
    expect(body).toContain(isOpen ? '# TYPE a counter\n' : '# TYPE a_total counter\n');
    expect(body).toContain('a_total{of="x\\"\\\\\\ny"} 1\n');
  });

  it('has the sums of several processes', () => {
    const [one, two] = [metrics(), metrics()];
    for (const { onResponse } of [one, two, two]) onResponse(event());
    two.onResponse(event({ operation: 'listTags' }));
    const { body } = expose(sumOf([one.families(), two.families()]));
    expect(valueIn(body, 'stowage_requests_total{operation="checkBase",method="GET",status="200",code=""}')).toBe(3);
    expect(valueIn(body, 'stowage_requests_total{operation="listTags",method="GET",status="200",code=""}')).toBe(1);
    expect(valueIn(body, 'stowage_request_duration_seconds_bucket{operation="checkBase",le="+Inf"}')).toBe(3);
    expect(body.match(/^# TYPE/gm)).toHaveLength(5);
  });
});
