/** What the driver of object stores may lean on, asked of a bucket. */
import type { Check } from './check.ts';
import { conditionChecks } from './conditions.ts';
import { listingChecks } from './listing.ts';
import { multipartChecks } from './multipart.ts';
import { objectChecks } from './objects.ts';
import { signatureChecks } from './signatures.ts';

export const checks: readonly Check[] = [
  ...objectChecks,
  ...conditionChecks,
  ...multipartChecks,
  ...listingChecks,
  ...signatureChecks,
];
