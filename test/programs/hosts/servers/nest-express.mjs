import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';
import { AppModule } from '../nest-app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: ['error'] });
// mount
app.use(registry);
await app.init();
listen(app.getHttpServer());
