import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';
import { fetchApp, listening, options, port } from '../app.mjs';

const registry = createFetchHandler(memoryDriver(), options);
const fetch = async (request, server) => {
  const remoteAddress = server.requestIP(request)?.address;
  // mount
  return (await registry(request, { passOn: true, remoteAddress })) ?? fetchApp(request);
};
listening(Bun.serve({ hostname: '127.0.0.1', port, fetch, idleTimeout: 0, maxRequestBodySize: Number.MAX_SAFE_INTEGER }));
