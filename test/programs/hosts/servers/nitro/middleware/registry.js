import { fromNodeMiddleware } from 'h3';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

const registry = createRegistryHandler(memoryDriver());

// mount
export default fromNodeMiddleware(registry);
