/** Docker's image manifests of schema 1, signed or not: parsing, and verifying signatures. */
export { payloadOf, readSchema1, type Schema1Limits, type Schema1Manifest } from './document.ts';
export { isSchema1, isSentAsSchema1 } from './media.ts';
export { type VerifiedSignature, verifySchema1 } from './verify.ts';
