/** Verifies tarsums of uploads, a limited number at once, since each may take 16 MiB of memory. */
import { RegistryError } from '../../api/errors.ts';
import type { Tarsum } from '../../api/formats.ts';
import type { Verifier } from '../../uploads/staging.ts';
import { isComputable, readTarsumParts } from './name.ts';
import { createRunningTarsum } from './running-tarsum.ts';
import { createSlots } from './slots.ts';

/** A tarsum that bytes can be checked against. */
export interface Verifiable {
  /**
   * Lends a verifier of the bytes of one blob, which must all be there: a verifier that waits for a client would keep others from
   * theirs. Throws 503 `UNAVAILABLE` if too many are lent, and none comes back within some seconds.
   */
  verifying<T>(use: (verifier: Verifier) => Promise<T>): Promise<T>;
}

/** How many are verified at once, how long further ones wait, and when they should come back if that was in vain. */
const maxConcurrent = 8;
const patienceMs = 5_000;
const retryAfterSeconds = 5;

/** Creates the verifier of one registry: it turns a tarsum into what bytes can be checked against. */
export function createTarsumVerifier(): (tarsum: Tarsum) => Verifiable {
  const slots = createSlots(maxConcurrent, patienceMs, busy);
  return (tarsum) => ({ verifying: (use) => slots.lend(() => use(createVerifier(tarsum))) });
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
