/**
 * Ready-made logins for the option `authorize`: who somebody is, and what that lets them do.
 *
 * @module stowage/auth
 */
export { anyOf } from './any-of.ts';
export { type BasicOptions, basic } from './basic.ts';
export { type BearerOptions, bearer } from './bearer/bearer.ts';
export type { PublicKey, PublicKeys } from './bearer/keys.ts';
export { htpasswd } from './passwords/htpasswd.ts';
export { passwords } from './passwords/passwords.ts';
export { hashPassword } from './passwords/scrypt.ts';
export type { Policy, Principal, Verified, Verify } from './principal.ts';
export { type Exception, type Rule, rules } from './rules.ts';
export { type TokenEndpoint, type TokenEndpointOptions, tokenEndpoint } from './token-endpoint/endpoint.ts';
export type { KeySetEndpoint } from './token-endpoint/jwks.ts';
export type { SigningKeys } from './token-endpoint/key-ring.ts';
export type { PrivateKey } from './token-endpoint/private-key.ts';
export type { RefreshTokens } from './token-endpoint/refresh-tokens.ts';
export { tokenKey } from './token-endpoint/token-key.ts';
