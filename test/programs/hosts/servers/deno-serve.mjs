import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';
import { fetchApp, listening, options, port } from '../app.mjs';

const registry = createFetchHandler(memoryDriver(), options);
const fetch = async (request, { remoteAddr }) => {
  const remoteAddress = remoteAddr.hostname;
  // mount
  return (await registry(request, { passOn: true, remoteAddress })) ?? fetchApp(request);
};
Deno.serve({ hostname: '127.0.0.1', port, onListen: listening }, fetch);
