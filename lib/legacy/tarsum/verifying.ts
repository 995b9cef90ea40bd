/** Tarsums that are computed to be checked: so many at once, since each may take 16 MiB. */
import { RegistryError } from '../../api/errors.ts';
import type { Tarsum } from '../../api/formats.ts';
import type { Verifier } from '../../uploads/chunk.ts';
import { isComputable, readTarsumParts } from './name.ts';
import { runningTarsum } from './running.ts';

/** A tarsum that bytes can be checked against. */
export interface Verifiable {
  /** Lends a verifier of the bytes of one blob. Throws 503 `UNAVAILABLE` if too many are lent. */
  verifying<T>(use: (verifier: Verifier) => Promise<T>): Promise<T>;
}

/** How many are computed at once; more are asked to come back. */
const atOnce = 8;
const waitSeconds = 5;

/** The tarsums of one registry, which share the limit. */
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

function verifierOf(tarsum: Tarsum): Verifier {
  const kind = readTarsumParts(tarsum);
  if (kind === undefined || !isComputable(kind)) throw new TypeError(`${tarsum} passed its format and cannot be computed`);
  const { update, digest } = runningTarsum(kind);
  return {
    update,
    verify: () => {
      const actual = digest();
      if (actual === tarsum) return;
      const message = `the tarsum of the content is ${actual}, not ${tarsum} as in the URL`;
      throw new RegistryError('DIGEST_INVALID', { message, detail: { reason: 'digest-mismatch', given: tarsum, actual } });
    },
  };
}

function busy(): RegistryError {
  return new RegistryError('UNAVAILABLE', {
    message: `${atOnce} tarsums are being computed already: try again`,
    headers: { 'Retry-After': String(waitSeconds) },
  });
}
