/** examples/tracing.mjs: the spans of a push and of a pull form a tree. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../lib/testing/exchanges/given.ts';

const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('registry');

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const path = '../../examples/tracing.mjs';
  const { traceRegistry } = await import(path);
  traceRegistry(tracer);
});
beforeEach(() => exporter.reset());

/** The names of spans, each below its parent: two spaces deeper. */
function treeOf(spans: readonly ReadableSpan[], parent?: string, depth = 0): string[] {
  const children = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent);
  return children.flatMap((span) => [' '.repeat(2 * depth) + span.name, ...treeOf(spans, span.spanContext().spanId, depth + 1)]);
}

const handler = createRegistryHandler(memoryDriver());
async function ask(method: string, path: string, body?: string): Promise<number> {
  const reply = await handler.fetch(
    new Request(new URL(path, 'http://registry'), { method, ...(body !== undefined && { body }) }),
  );
  await reply.arrayBuffer();
  return reply.status;
}

describe('examples/tracing.mjs', () => {
  it('makes a tree of an operation and its driver calls', async () => {
    await ask('POST', `/v2/a/blobs/uploads/?digest=${digest('hello')}`, 'hello');
    await ask('GET', `/v2/a/blobs/${digest('hello')}`);
    expect(treeOf(exporter.getFinishedSpans())).toEqual(['pushBlob', '  blobs.put', 'getBlob', '  blobs.get']);
    const [, push] = exporter.getFinishedSpans();
    expect(push?.attributes).toMatchObject({ 'stowage.repository': 'a', 'http.response.status_code': 201 });
    expect(push?.attributes['stowage.request_id']).toMatch(/^\w+-\w+$/);
  });

  it('puts it below the span of the host', async () => {
    await tracer.startActiveSpan('GET', async (span) => {
      await ask('GET', '/v2/a/tags/list');
      span.end();
    });
    expect(treeOf(exporter.getFinishedSpans())).toEqual(['GET', '  listTags', '    manifests.tags']);
  });

  it('takes what a client did wrong for no error', async () => {
    expect(await ask('GET', '/v2/a/manifests/none')).toBe(404);
    const operation = exporter.getFinishedSpans().find(({ name }) => name.startsWith('getManifest'));
    expect(operation).toMatchObject({ name: 'getManifest (by tag)', status: { code: 0 } });
    expect(operation?.attributes['http.response.status_code']).toBe(404);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
