/** The errors with which documents of schema 1 are refused. */
import { type ErrorCode, errors, RegistryError } from '../../api/errors.ts';

/** 400 `MANIFEST_INVALID`: the document breaks a rule of its format. */
export const invalid = (reason: string): RegistryError => refusal('MANIFEST_INVALID', reason);

/** 400 `MANIFEST_UNVERIFIED`: signatures are missing, malformed or invalid. */
export const unverified = (reason: string): RegistryError => refusal('MANIFEST_UNVERIFIED', reason);

function refusal(code: ErrorCode, reason: string): RegistryError {
  return new RegistryError(code, { message: `${errors[code].message}: ${reason}` });
}
