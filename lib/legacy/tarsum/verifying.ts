/** Tarsums that are computed to be checked: so many at once, since each may take 16 MiB. */
import { RegistryError } from '../../api/errors.ts';
import type { Tarsum } from '../../api/formats.ts';
import type { Verifiable } from '../../uploads/uploads.ts';
import { isComputable, readTarsumParts } from './name.ts';
import { runningTarsum } from './running.ts';

/** How many are computed at once; more are asked to come back. */
const atOnce = 8;
const waitSeconds = 5;

/** Makes the claims of one registry that bytes have a tarsum. */
export function verifiableTarsums(): (tarsum: Tarsum) => Verifiable {
  let running = 0;
  return (tarsum) => ({
    verifying: async (use) => {
      if (running === atOnce) throw busy();
      running++;
      try {
        return await use(verifierOf(tarsum));
      } finally {
        running--;
      }
    },
  });
}

function verifierOf(tarsum: Tarsum) {
  const kind = readTarsumParts(tarsum);
  if (kind === undefined || !isComputable(kind)) throw new TypeError(`${tarsum} passed its format and cannot be computed`);
  const { update, digest } = runningTarsum(kind);
  return {
    update,
    verify: () => {
      const actual = digest();
      if (actual !== tarsum) throw new RegistryError('DIGEST_INVALID', { detail: { given: tarsum, actual } });
    },
  };
}

function busy(): RegistryError {
  return new RegistryError('UNAVAILABLE', {
    message: `${atOnce} tarsums are being computed already`,
    headers: { 'Retry-After': String(waitSeconds) },
  });
}
