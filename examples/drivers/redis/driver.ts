/** A driver on Redis or Valkey: all content in memory that the server also writes to its disk, for any number of instances. */
import type { RedisClientOptions } from 'redis';
import type { Driver } from 'stowage';
import { blobsIn } from './blobs.ts';
import { manifestsIn } from './manifests.ts';
import { type CommandSender, openStore } from './store.ts';
import { uploadsIn } from './uploads.ts';

/**
 * A driver that keeps everything at a Redis server: that of a client, which is connected and stays so when the driver is closed, or
 * the one that the settings of a client lead to. All keys begin with `prefix`. What it reports as done is as durable as the server
 * makes it: `appendonly yes`, and `appendfsync always` where not even the last second may be lost with the power.
 */
export function redisDriver(where: CommandSender | RedisClientOptions, prefix = 'stowage:'): Driver {
  const store = openStore(where, prefix);
  return {
    name: 'redis',
    blobs: blobsIn(store),
    uploads: uploadsIn(store),
    manifests: manifestsIn(store),
    close: store.close,
  };
}
