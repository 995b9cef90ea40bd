/** Annotations that storages and parsers lose come through the API as they were pushed. */
import { expect, it } from 'vitest';
import { digest } from '../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { send } from '../support/client.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const hostile = String.raw`{"__proto__":"own","":"","\u0000":"\u0000","\ud800":"\udfff","é":"1","e\u0301":"2","A":"3","a":"4"}`;

it('annotations of a referrer are listed as the manifest has them', async () => {
  await using registry = await startRegistry({ options: { allowMissingReferences: true } });
  const subject = digest('{}');
  const named = (type: string, size: number) => `{"mediaType":"${type}","digest":"${subject}","size":${size}}`;
  const largest = Number.MAX_SAFE_INTEGER;
  const manifest = `{"schemaVersion":2,"mediaType":"${mediaType}","config":${named('text/plain', largest)},"layers":[],"subject":${named(mediaType, largest)},"annotations":${hostile}}`;
  const headers = { 'content-type': mediaType };
  const path = `/v2/a/manifests/${digest(manifest)}`;
  expect((await send(registry.url, { method: 'PUT', path, headers, body: manifest })).status).toBe(201);
  expect(String((await send(registry.url, { method: 'GET', path })).body)).toBe(manifest);
  const { body } = await send(registry.url, { method: 'GET', path: `/v2/a/referrers/${subject}` });
  const [entry] = (JSON.parse(String(body)) as { manifests: { annotations: object }[] }).manifests;
  expect(Object.entries(entry?.annotations ?? {})).toEqual(Object.entries(JSON.parse(hostile)));
});
