/** The deletion of blobs: distribution specification, "Deleting Blobs"; loaded when the first is asked for. */
import type { Handler } from '../call.ts';
import { unknown } from './blobs.ts';
import { resolveDigest } from './shared/blob-names.ts';

/** Deletes a blob from one repository. */
export const deleteBlob: Handler<'deleteBlob'> = async (call) => {
  const { name } = call.path;
  const digest = await resolveDigest(call, name, call.path.digest);
  const deleted = digest && (await call.driver.blobs.delete(name, digest, call.signal));
  // Afterwards, since a tarsum whose blob is gone is unknown, and a blob that stays should keep its tarsum. Repeated even where the
  // blob is gone, after a failure between the two.
  if (digest && call.settings.legacy.tarsum) await (await call.legacy.tarsums()).forget(name, digest, call);
  if (!deleted) throw unknown(call);
  return { status: 202 };
};
