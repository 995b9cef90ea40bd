import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';

const registry = createFetchHandler(memoryDriver());

// mount
export const onRequest = async ({ request }, next) => (await registry(request, { passOn: true })) ?? next();
