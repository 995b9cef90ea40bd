import { memoryDriver } from 'stowage/drivers/memory';
import { createFetchHandler } from 'stowage/fetch';

// One for the process: in development, modules are loaded again and again.
globalThis.registry ??= createFetchHandler(memoryDriver());
const { registry } = globalThis;

// mount
export { registry as DELETE, registry as GET, registry as HEAD, registry as PATCH, registry as POST, registry as PUT };
