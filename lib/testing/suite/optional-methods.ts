/** The methods that a driver may lack. */
import type { Blob, Driver } from '../../driver.ts';

/** The names of all optional methods. `blob.url` is one of the blobs that a driver gives; `outbox` and `inventory` stand for all of their methods but those that are named. */
export const optionalMethods = [
  'blobs.mount',
  'blobs.put',
  'blob.url',
  'uploads.complete',
  'uploads.expire',
  'manifests.describe',
  'manifests.putTagged',
  'outbox',
  'inventory',
  'inventory.withdraw',
] as const;

/** A method that a driver may lack: the registry then does without it. */
export type OptionalMethod = (typeof optionalMethods)[number];

/** The optional methods that a driver has. Whether blobs have `url` is read off `blob`; without a blob it counts as absent. */
export function optionalMethodsOf(
  { blobs, uploads, manifests, outbox, inventory }: Driver,
  blob: Blob | undefined,
): OptionalMethod[] {
  const has: Readonly<Record<OptionalMethod, boolean>> = {
    'blobs.mount': blobs.mount !== undefined,
    'blobs.put': blobs.put !== undefined,
    'blob.url': blob?.url !== undefined,
    'uploads.complete': uploads.complete !== undefined,
    'uploads.expire': uploads.expire !== undefined,
    'manifests.describe': manifests.describe !== undefined,
    'manifests.putTagged': manifests.putTagged !== undefined,
    outbox: outbox !== undefined,
    inventory: inventory !== undefined,
    'inventory.withdraw': inventory?.withdraw !== undefined,
  };
  return optionalMethods.filter((method) => has[method]);
}
