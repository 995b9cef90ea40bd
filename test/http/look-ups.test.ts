/** What a driver found for a reader, without looking whether it is still there, is told to no client before it was read. */
import { expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver } from '../../lib/driver.ts';
import { bytes, digestOf, repo } from '../../lib/testing/suite/samples.ts';
import { withServer } from '../../lib/testing/wire/serve.ts';
import { send } from '../support/client.ts';

const digest = digestOf(bytes('gone'));

/** A driver whose blob and manifest are gone, which it does not look for where they are to be read. */
function forgetful(): Driver {
  const driver = memoryDriver();
  return {
    ...driver,
    blobs: {
      ...driver.blobs,
      get: async (_repo, _digest, lookUp) => (lookUp?.thenRead ? { size: 4, open: async () => undefined } : undefined),
    },
    manifests: { ...driver.manifests, resolve: async (_repo, _tag, lookUp) => (lookUp?.thenRead ? digest : undefined) },
  };
}

const paths = [`/v2/${repo}/blobs/${digest}`, `/v2/${repo}/manifests/latest`];
const headers: readonly Record<string, string>[] = [
  {},
  { range: 'bytes=0-1' },
  { range: 'bytes=-2' },
  { range: 'bytes=4-' },
  { range: 'bytes=0-0,2-2' },
  { range: 'bytes=0-1', 'if-range': `"${digest}"` },
  { range: 'bytes=4-', 'if-range': `"${digest}"` },
  { range: 'bytes=0-1', 'if-range': '"another"' },
  { 'if-none-match': `"${digest}"` },
  { 'if-none-match': '*' },
  { 'if-none-match': '"another"' },
];
const asked = paths.flatMap((path) =>
  ['GET', 'HEAD'].flatMap((method) => headers.map((some) => ({ method, path, headers: some }))),
);

it.each(asked)('$method $path with $headers is answered 404', (request) =>
  withServer(forgetful(), {}, async (origin) => {
    expect((await send(origin, request)).status).toBe(404);
  }),
);
