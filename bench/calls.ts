/**
 * `npm run bench -- calls`: how many calls each flow of a client costs: of the file system with the fs driver, of the store with the S3 driver
 * and with that of distribution. What is counted is what is asked for, so the figures are the same everywhere, but for how many writes a
 * large body takes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fsDriver } from '../drivers/fs.ts';
import { s3Driver } from '../drivers/s3.ts';
import { bytes, digestOf, pushBlob, repo, sample } from '../lib/testing/suite/samples.ts';
import { withServer } from '../lib/testing/wire/serve.ts';
import { expectStatus, locationOf, withDigest } from '../test/support/client.ts';
import { watch } from '../test/support/drivers/watched-file-system.ts';
import { withS3Double } from '../test/support/s3/double.ts';
import { startGateway } from '../test/support/s3/gateway.ts';
import { keepResults } from './results.ts';
import { startCountingProxy } from './targets/counting-proxy.ts';
import { distributionInBucket } from './targets/targets.ts';

/** How many calls, by name, of each flow. */
type Counted = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What `bench/results/calls.json` holds. */
export interface CallResults {
  readonly fs: Counted;
  readonly s3: Counted;
  /** Of distribution's S3 driver, as far as it knows the requests; by method. */
  readonly 'distribution-s3': Counted;
}

/** The flow whose price is told. */
export const imagePush = 'push of an image of 12 layers of 1 MiB';
/** The flow that distribution does not know. */
const onePost = 'push of 1 KiB, one POST';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const ask = (status: number, repository: string, method: string, path: string, body: Uint8Array | string = '') =>
  expectStatus(status, repository, { method, path, body });
const putManifest = (repository: string, tag: string, body: string) =>
  expectStatus(201, repository, {
    method: 'PUT',
    path: `${repository}/manifests/${tag}`,
    headers: { 'Content-Type': manifestType },
    body,
  });
const readManifest = (repository: string, method: 'GET' | 'HEAD') =>
  expectStatus(200, repository, { method, path: `${repository}/manifests/latest`, headers: { Accept: manifestType } });
const small = sample(1024, 'small');
const layers = Array.from({ length: 12 }, (_, index) => sample(2 ** 20, `layer ${index}`));
const configuration = bytes('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');

/** A manifest of blobs that are there. */
function manifestOf(contents: readonly Uint8Array[], note: string): string {
  const described = (content: Uint8Array, mediaType: string) => ({ mediaType, digest: digestOf(content), size: content.length });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: described(configuration, 'application/vnd.oci.image.config.v1+json'),
    layers: contents.map((content) => described(content, 'application/vnd.oci.image.layer.v1.tar')),
    annotations: { note },
  });
}

async function stream(repository: string, content: Uint8Array): Promise<void> {
  const begun = await ask(202, repository, 'POST', `${repository}/blobs/uploads/`);
  const sent = await ask(202, repository, 'PATCH', locationOf(begun), content);
  await ask(201, repository, 'PUT', withDigest(locationOf(sent), digestOf(content)));
}

/** What clients do, given the URL of a repository that holds the configuration, `small` and an image `latest` of these. */
const flows: Readonly<Record<string, (repository: string) => Promise<unknown>>> = {
  'push of 1 KiB, stream': (repository) => stream(repository, sample(1024, 'streamed')),
  'push of 1 KiB, POST + PUT': (repository) => put(repository, sample(1024, 'put')),
  [onePost](repository) {
    const content = sample(1024, 'posted');
    return ask(201, repository, 'POST', `${repository}/blobs/uploads/?digest=${digestOf(content)}`, content);
  },
  'pull of 1 KiB': (repository) => ask(200, repository, 'GET', `${repository}/blobs/${digestOf(small)}`),
  'HEAD of a blob': (repository) => ask(200, repository, 'HEAD', `${repository}/blobs/${digestOf(small)}`),
  'manifest PUT, new tag': (repository) => putManifest(repository, 'new', manifestOf([small], 'new')),
  'manifest PUT, tag moved': (repository) => putManifest(repository, 'latest', manifestOf([small], 'moved')),
  'manifest GET by tag': (repository) => readManifest(repository, 'GET'),
  async 'ten times manifest GET by one tag'(repository) {
    for (let time = 0; time < 10; time += 1) await readManifest(repository, 'GET');
  },
  'manifest HEAD by tag': (repository) => readManifest(repository, 'HEAD'),
  'a page of tags': (repository) => ask(200, repository, 'GET', `${repository}/tags/list?n=100`),
  'DELETE of a tag': (repository) => ask(202, repository, 'DELETE', `${repository}/manifests/latest`),
  async [imagePush](repository) {
    for (const layer of layers) {
      await ask(404, repository, 'HEAD', `${repository}/blobs/${digestOf(layer)}`);
      await stream(repository, layer);
    }
    await ask(200, repository, 'HEAD', `${repository}/blobs/${digestOf(configuration)}`);
    await putManifest(repository, 'image', manifestOf(layers, 'image'));
  },
};

async function put(repository: string, content: Uint8Array): Promise<void> {
  const begun = await ask(202, repository, 'POST', `${repository}/blobs/uploads/`);
  await ask(201, repository, 'PUT', withDigest(locationOf(begun), digestOf(content)), content);
}

async function prepared(repository: string): Promise<void> {
  await put(repository, configuration);
  await put(repository, small);
  await putManifest(repository, 'latest', manifestOf([small], 'latest'));
  // Before its first deletion under a condition, the S3 driver asks once what the store does with these.
  await putManifest(repository, 'brief', manifestOf([small], 'latest'));
  await ask(202, repository, 'DELETE', `${repository}/manifests/brief`);
}

/** Counts, prints and keeps. */
export async function calls(): Promise<void> {
  const results: CallResults = { fs: await callsOfFs(), s3: await callsOfS3(), 'distribution-s3': await callsOfDistribution() };
  for (const [driver, counted] of Object.entries(results)) {
    for (const [flow, counts] of Object.entries<Counted[string]>(counted)) {
      const said = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
      console.log(`${driver}: ${flow}: ${Object.values(counts).reduce((sum, count) => sum + count, 0)} (${said.join(', ')})`);
    }
  }
  keepResults('calls', results);
}

/** Each flow on a directory of its own. */
async function callsOfFs(): Promise<Counted> {
  const counted: Record<string, Counted[string]> = {};
  for (const [flow, run] of Object.entries(flows)) {
    const root = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
    const watched = watch(root);
    const driver = fsDriver({ root, fs: watched.fs });
    // So many that each directory is there that blobs are spread over.
    await Promise.all(Array.from({ length: 2000 }, (_, index) => pushBlob(driver, repo, bytes(`blob ${index}`))));
    await withServer(driver, {}, async (origin) => {
      const repository = `${origin}/v2/${repo}`;
      await prepared(repository);
      // What was changed a moment ago is kept in no cache.
      await pause(200);
      watched.calls.length = 0;
      await run(repository);
    });
    counted[flow] = countsOf(watched.calls.map(({ name }) => name));
    await driver.close();
    await rm(root, { recursive: true });
  }
  return counted;
}

/** What each flow asks of the store, in a place of its own in a bucket. */
export async function callsOfS3(): Promise<Counted> {
  const counted: Record<string, Counted[string]> = {};
  await withS3Double({}, async ({ clientConfig, bucket, calls: recorded }) => {
    for (const [flow, run] of Object.entries(flows)) {
      const driver = s3Driver({ clientConfig, bucket, prefix: `${Object.keys(counted).length}/` });
      await withServer(driver, {}, async (origin) => {
        const repository = `${origin}/v2/${repo}`;
        await prepared(repository);
        recorded.length = 0;
        await run(repository);
      });
      counted[flow] = countsOf(recorded.map(({ operation }) => operation));
      await driver.close?.();
    }
  });
  return counted;
}

/** What each flow asks of the store with distribution's S3 driver, in a repository of its own. */
async function callsOfDistribution(): Promise<Counted> {
  const counted: Record<string, Counted[string]> = {};
  const gateway = await startGateway();
  const proxy = await startCountingProxy(gateway.origin);
  const folder = await mkdtemp(join(tmpdir(), 'stowage-bench-'));
  const server = await distributionInBucket(folder, { ...gateway, origin: proxy.origin });
  try {
    for (const [flow, run] of Object.entries(flows)) {
      if (flow === onePost) continue;
      const repository = `${server.origin}/v2/r${Object.keys(counted).length}`;
      await prepared(repository);
      proxy.methods.length = 0;
      await run(repository);
      counted[flow] = countsOf(proxy.methods);
    }
  } finally {
    await server.end();
    await proxy.close();
    await gateway.close();
    await rm(folder, { recursive: true });
  }
  return counted;
}

/** How often each name is there. */
function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
