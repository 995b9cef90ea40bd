/** The program of a process that stores much of something, or serves it, and says what that takes of it. Started by `worker.ts`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fsDriver } from '../../drivers/fs.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { listen } from '../../test/support/server.ts';
import { dimensions } from './dimensions.ts';
import type { Answer, Order } from './worker.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How often the event loop is looked at: a hold that is shorter is not seen. */
const resolution = 1;
const delay = monitorEventLoopDelay({ resolution });

/** The bytes of memory in use after a garbage collection. */
async function memoryInUse(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    await pause(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const [kind, root = ''] = process.argv.slice(2);
const withoutSyncs = process.argv.includes('--without-syncs');
const driver = kind === 'memory' ? memoryDriver() : fsDriver({ root, durability: withoutSyncs ? 'none' : 'full' });
const { origin, close } = await listen(createRegistryHandler(driver));

const answers: { readonly [K in Order['kind']]: (order: Extract<Order, { kind: K }>) => Promise<Answer> } = {
  async fill({ dimension, size }) {
    await dimensions[dimension]?.fill(driver, size, kind === 'fs' ? root : undefined);
    return {};
  },
  memory: async () => ({ bytes: await memoryInUse() }),
  async watch() {
    collect();
    delay.enable();
    delay.reset();
    return {};
  },
  async held() {
    // The monitor counts its own resolution in, and sees a hold once it is over.
    await pause(10);
    return { milliseconds: Math.max(0, delay.max / 1e6 - resolution) };
  },
};

process.on('message', (order: Order) => {
  const answer = answers[order.kind] as (order: Order) => Promise<Answer>;
  void answer(order).then((said) => process.send?.(said));
});
process.once('disconnect', () => {
  void close()
    .then(() => driver.close?.())
    .then(() => process.exit());
});
process.send?.({ origin });
