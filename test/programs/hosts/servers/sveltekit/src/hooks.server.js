import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';

const registry = createFetchHandler(memoryDriver());

// mount
export const handle = async ({ event, resolve }) => (await registry(event.request, { passOn: true })) ?? resolve(event);
