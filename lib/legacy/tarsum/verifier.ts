/** Verifies tarsums of uploads, a limited number at once, since each may take 16 MiB of memory. */
import { RegistryError } from '../../api/errors.ts';
import type { Tarsum } from '../../api/formats.ts';
import type { Verifier } from '../../uploads/chunk.ts';
import { isComputable, readTarsumParts } from './name.ts';
import { createRunningTarsum } from './running-tarsum.ts';

/** A tarsum that bytes can be checked against. */
export interface Verifiable {
  /** Lends a verifier of the bytes of one blob. Throws 503 `UNAVAILABLE` if too many are lent. */
  verifying<T>(use: (verifier: Verifier) => Promise<T>): Promise<T>;
}

/** How many are verified at once. Further ones get 503 with a `Retry-After`. */
const maxConcurrent = 8;
const retryAfterSeconds = 5;

/** Creates the verifier of one registry: it turns a tarsum into what bytes can be checked against as they arrive. */
export function createTarsumVerifier(): (tarsum: Tarsum) => Verifiable {
  let running = 0;
  return (tarsum) => ({
    verifying: async (use) => {
      if (running === maxConcurrent) throw busy();
      running++;
      try {
        return await use(createVerifier(tarsum));
      } finally {
        running--;
      }
    },
  });
}

function createVerifier(tarsum: Tarsum): Verifier {
  const kind = readTarsumParts(tarsum);
  if (kind === undefined || !isComputable(kind)) throw new TypeError(`${tarsum} passed its format and cannot be computed`);
  const { update, digest } = createRunningTarsum(kind);
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
    message: `${maxConcurrent} tarsums are being computed already: try again`,
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}
