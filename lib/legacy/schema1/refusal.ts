/** How documents of schema 1 are refused. */
import { type ErrorCode, errors, RegistryError } from '../../api/errors.ts';

/** The document breaks a rule of its format. */
export const invalid = (reason: string): RegistryError => refusal('MANIFEST_INVALID', reason);

/** The signatures are missing, or do not show that the document is as it was signed. */
export const unverified = (reason: string): RegistryError => refusal('MANIFEST_UNVERIFIED', reason);

function refusal(code: ErrorCode, reason: string): RegistryError {
  return new RegistryError(code, { message: `${errors[code].message}: ${reason}` });
}
