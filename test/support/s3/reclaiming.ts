/** The inventory of a bucket, in which all bytes are old: a reclaim marks them at once. Those of a `put` that is under way are not safe from it. */
import type { S3Client } from '@aws-sdk/client-s3';
import { createAsides } from '../../../drivers/s3/asides.ts';
import { createCheckedStore } from '../../../drivers/s3/condition-check.ts';
import { createObjects } from '../../../drivers/s3/objects.ts';
import { createReclaim } from '../../../drivers/s3/reclaim.ts';
import { createStore, type ListEntry, type Store } from '../../../drivers/s3/store.ts';
import { createTrash } from '../../../drivers/s3/trash.ts';
import { allDataPrefix } from '../../../drivers/tree/layout.ts';
import type { Driver } from '../../../lib/driver.ts';

const epoch = new Date(0);

async function* aged(entries: AsyncIterable<ListEntry>): AsyncGenerator<ListEntry> {
  for await (const entry of entries) yield { ...entry, written: epoch };
}

/** The driver of a bucket, but that its reclaim takes all bytes for old. */
export function withOldBytes(driver: Driver, client: S3Client, bucket: string, prefix: string): Driver {
  const { walk, ...rest } = createCheckedStore(createStore(client, bucket, prefix));
  const store: Store = {
    ...rest,
    walk: (below, after) => (below === allDataPrefix ? aged(walk(below, after)) : walk(below, after)),
  };
  const reclaim = createReclaim(store, createObjects(store), createTrash(store), createAsides(store));
  return { ...driver, inventory: driver.inventory && { ...driver.inventory, reclaim } };
}
