/** What a driver may do without. */
import type { Blob, Driver } from '../../driver.ts';

/** The optional methods of a driver. */
export const optionalMethods = ['blobs.mount', 'blobs.put', 'blob.url', 'uploads.expire'] as const;

/** What a driver may do without. */
export type OptionalMethod = (typeof optionalMethods)[number];

/** The optional methods that a driver has; whether blobs have URLs only one of them can tell. */
export function methodsOf({ blobs, uploads }: Driver, blob: Blob | undefined): OptionalMethod[] {
  const has: Readonly<Record<OptionalMethod, boolean>> = {
    'blobs.mount': blobs.mount !== undefined,
    'blobs.put': blobs.put !== undefined,
    'blob.url': blob?.url !== undefined,
    'uploads.expire': uploads.expire !== undefined,
  };
  return optionalMethods.filter((method) => has[method]);
}
