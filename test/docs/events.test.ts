/** The programs of docs/events.md run, refuse what the document says, and tell of the rest. */
import { describe, expect, it } from 'vitest';
import { digest, image, imageType } from '../../lib/testing/exchanges/given.ts';
import { programsOf } from '../support/document-programs.ts';
import { freePort } from '../support/free-port.ts';

const { programs, start: run, pathOf } = programsOf('docs/events.md');

/** Runs a program that listens on one of these ports; gives what it has printed. */
const start = (index: number, port: number, ports: Readonly<Record<string, number>>): Promise<() => string> =>
  run(index, port, (code) =>
    Object.entries(ports).reduce(
      (edited, [named, given]) => edited.replaceAll(named, String(given)),
      code.replace('./data', pathOf('data')),
    ),
  );

/** Runs a registry alone, with a function that asks it. */
async function startRegistry(index: number) {
  const port = await freePort();
  const printed = await start(index, port, { 5000: port });
  return { printed, ask: askAt(port) };
}

const askAt = (port: number) => async (method: string, path: string, body?: string) => {
  const headers = method === 'PUT' ? { 'content-type': imageType } : {};
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body !== undefined && { body }) });
  const text = await reply.text();
  return { status: reply.status, text };
};

type Ask = ReturnType<typeof askAt>;

async function pushBlobs(ask: Ask): Promise<void> {
  for (const content of ['{}', 'layer']) {
    expect((await ask('POST', `/v2/app/blobs/uploads/?digest=${digest(content)}`, content)).status).toBe(201);
  }
}

describe('docs/events.md', { timeout: 30_000 }, () => {
  it('refuses the tag latest, manifests without a source, and blobs that do not say their length', async () => {
    const { ask } = await startRegistry(0);
    await pushBlobs(ask);
    const sourced = image({ annotations: { 'org.opencontainers.image.source': 'https://example.com/app' } });
    expect((await ask('PUT', '/v2/app/manifests/v1', sourced)).status).toBe(201);
    const latest = await ask('PUT', '/v2/app/manifests/latest', sourced);
    expect([latest.status, latest.text]).toEqual([403, expect.stringContaining('latest is not taken here')]);
    const sourceless = await ask('PUT', '/v2/app/manifests/v2', image());
    expect([sourceless.status, sourceless.text]).toEqual([403, expect.stringContaining('annotate it with')]);
    expect((await ask('GET', '/v2/app/tags/list')).text).toContain('["v1"]');
    expect((await ask('POST', `/v2/b/blobs/uploads/?mount=${digest('{}')}`)).status).toBe(413);
  });

  it('takes tags of manifests that have a signature, and says who pushed', async () => {
    const { ask, printed } = await startRegistry(1);
    await pushBlobs(ask);
    const content = image();
    expect((await ask('PUT', `/v2/app/manifests/${digest(content)}`, content)).status).toBe(201);
    const refused = await ask('PUT', '/v2/app/manifests/v1', content);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('sign it before it becomes v1')]);
    const signature = image({
      artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
      subject: { mediaType: imageType, digest: digest(content), size: content.length },
    });
    expect((await ask('PUT', `/v2/app/manifests/${digest(signature)}`, signature)).status).toBe(201);
    expect((await ask('PUT', '/v2/app/manifests/v1', content)).status).toBe(201);
    await expect.poll(printed).toContain(`manifest.push app@${digest(content)}`);
    expect(printed()).toMatch(/^somebody at 127\.0\.0\.1: blob\.push app@sha256:/);
  });

  it('tells a receiver, which verifies what it is told', async () => {
    const [port, receiver] = [await freePort(), await freePort()];
    const received = await start(3, receiver, { 5001: receiver });
    const logged = await start(2, port, { 5000: port, 5001: receiver });
    const ask = askAt(port);
    await pushBlobs(ask);
    expect((await ask('PUT', '/v2/app/manifests/v1', image())).status).toBe(201);
    await expect.poll(received, { timeout: 10_000 }).toContain('stowage.tag.set app:v1');
    expect(received()).toContain(`stowage.manifest.push app@${digest(image())}`);
    await expect.poll(logged).toContain('stowage.tag.set app:v1');
    const forged = await fetch(`http://127.0.0.1:${receiver}`, {
      method: 'POST',
      headers: { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' },
      body: '{}',
    });
    expect(forged.status).toBe(401);
    expect(programs).toHaveLength(4);
  });
});
