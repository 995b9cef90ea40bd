import { type Driver, StorageFault } from '../../index.ts';
import { overrideDriver } from '../override-driver.ts';
import type { Exchange } from './exchange.ts';
import { step } from './given.ts';

const failing =
  (fault: () => Error) =>
  (driver: Driver): Driver =>
    overrideDriver(driver, {
      manifests: {
        tags: async () => {
          throw fault();
        },
      },
    });
const secret = '/srv/secret';
const asked = (status: number, more: object) => [
  step('GET', '/v2/a/tags/list', { status, ...more }),
  step('GET', '/v2/', { status: 200 }),
];

/** The exchanges about storage that fails. */
export const faults: readonly Exchange[] = [
  {
    name: 'A storage that is full is 507',
    driverless: true,
    over: failing(() => new StorageFault('full', secret)),
    steps: asked(507, { body: { errors: [{ code: 'UNKNOWN', message: 'the storage is full' }] } }),
  },
  {
    name: 'A storage that is busy is 503 and says when to come back',
    driverless: true,
    over: failing(() => new StorageFault('busy', secret, { retryAfterSeconds: 3 })),
    steps: asked(503, {
      body: { errors: [{ code: 'UNAVAILABLE', message: 'service unavailable' }] },
      headers: { 'Retry-After': '3' },
    }),
  },
  {
    name: 'A storage that is broken is 500, and its words stay inside',
    driverless: true,
    over: failing(() => new StorageFault('broken', secret)),
    steps: asked(500, { body: { errors: [{ code: 'UNKNOWN', message: 'internal error' }] } }),
  },
  {
    name: 'Anything else that breaks is 500, and its words stay inside',
    driverless: true,
    over: failing(() => new Error(secret)),
    steps: asked(500, { body: { errors: [{ code: 'UNKNOWN', message: 'internal error' }] } }),
  },
];
