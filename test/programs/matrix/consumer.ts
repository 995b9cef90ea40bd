/** What users write, in types: the package has to compile with theirs, whatever their compiler is. */
import { createServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import {
  type Authorize,
  createRegistryHandler,
  type Driver,
  isRegistryError,
  RegistryError,
  type RegistryHandler,
  type RegistryOptions,
  type ResponseEvent,
  type ServeConfig,
} from 'stowage';
import { type Operation, openapi, type RequestOf, type ResponseOf } from 'stowage/docs';
import { driverCases, runCases } from 'stowage/driver-suite';
import { fsDriver } from 'stowage/drivers/fs';
import { memoryDriver } from 'stowage/drivers/memory';
import { s3Driver } from 'stowage/drivers/s3';
import { createFetchHandler } from 'stowage/fetch';
import { image, layer, startRegistry, type TestRegistry } from 'stowage/testing';

const authorize: Authorize = (_ask, credentials) => ({
  may: ({ repository }) => repository !== 'private' || credentials.scheme !== 'none',
});
const events: ResponseEvent[] = [];
const options: RegistryOptions = { authorize, onResponse: (event) => void events.push(event), limits: { blobBytes: 2 ** 30 } };
const drivers: Driver[] = [memoryDriver(), fsDriver({ root: './data' }), s3Driver({ bucket: 'images' })];
const handler: RegistryHandler = createRegistryHandler(memoryDriver(), options);

handler.attach(createServer()).requestTimeout = 0;
handler.attach(createHttpsServer()).requestTimeout = 0;
handler.attach(createHttp2Server()).setTimeout(0);
handler.attach(createSecureServer({ allowHTTP1: true })).setTimeout(0);
createServer(handler);
createServer((request, response) => void handler(request, response, () => response.end()));
createHttp2Server(handler);
createHttp2Server((request, response) => void handler(request, response));
createSecureServer({ allowHTTP1: true }, (request, response) => void handler(request, response));

const registry = createFetchHandler(memoryDriver());
const config: ServeConfig = { port: 5000 };
const pulled: Operation = 'getManifest';
const request: RequestOf<'getManifest'> = { use: 'by tag', name: 'library/alpine', reference: 'latest' };
const status = (reply: ResponseOf<'getManifest'>): 200 | 304 | 307 => reply.status;
const codeOf = (error: unknown): string => (isRegistryError(error) ? error.code : new RegistryError('DENIED').code);

/** What is asynchronous, in a function: a module of CommonJS has no await of its own. */
export async function use(): Promise<unknown[]> {
  const reply: Response = await registry(new Request('http://registry/v2/'));
  const passedOn: Response | undefined = await handler.fetch(new Request('http://registry/other'), { passOn: true });
  const results = await runCases(driverCases({ name: 'memory', create: () => memoryDriver() }));
  await handler.drain({ deadline: 1_000 });
  const tested: TestRegistry = await startRegistry();
  await tested.seed('library/alpine:latest', image());
  tested.fail({ operation: 'getManifest', status: 503 }).stop();
  const requests = tested.requests.matching('getManifest');
  // Bytes are a body of fetch, a part of a Blob, and what the web's cryptography takes.
  const { bytes } = layer({ 'etc/motd': 'hello' });
  const kept = (await tested.blob(`library/alpine@${image().blobs[0]?.digest}`)) ?? bytes;
  const listed = (await tested.manifest('library/alpine:latest'))?.bytes ?? image().manifest.bytes;
  const web: (BufferSource & BlobPart & BodyInit)[] = [bytes, kept, listed];
  await tested.close();
  return [web, drivers, config, pulled, request, status, codeOf, reply, passedOn, results, requests, openapi()];
}
