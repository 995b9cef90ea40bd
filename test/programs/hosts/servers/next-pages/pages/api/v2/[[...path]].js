import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

// One for the process: in development, modules are loaded again and again.
globalThis.registry ??= createRegistryHandler(memoryDriver());

export const config = { api: { bodyParser: false, externalResolver: true, responseLimit: false } };
// mount
export default (request, response) => globalThis.registry(request, response);
