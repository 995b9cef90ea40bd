import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';
import { listen } from '../app.mjs';
import { AppModule } from '../nest-app.mjs';

const registry = createRegistryHandler(memoryDriver());
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
// mount
app.use(registry);
await app.init();
await app.getHttpAdapter().getInstance().ready();
listen(app.getHttpServer());
