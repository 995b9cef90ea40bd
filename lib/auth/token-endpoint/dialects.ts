/** The two ways in which clients ask for tokens: docker's GET with Basic, and a POST with a form, as OAuth 2 has it. */
import type { Credentials } from '../../access/authorize.ts';

/** A request for a token as it came. */
export interface TokenRequest {
  readonly method: string;
  /** The query of a GET, or the form of a POST. */
  readonly fields: URLSearchParams;
  /** What its `Authorization` holds. */
  readonly credentials: Credentials;
}

/** What a request proves who asks with. */
export type Proof =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'refresh token'; readonly token: string };

/** What was asked for. */
export interface Wish {
  readonly proof: Proof;
  /** Each may be several, which spaces separate. */
  readonly scopes: readonly string[];
  readonly service: string | undefined;
  /** Whether a refresh token is wanted as well. */
  readonly wantsRefresh: boolean;
}

/** Reads a request in either dialect; undefined if it proves who asks in a way that is not known. */
export function readWish({ method, fields, credentials }: TokenRequest): Wish | undefined {
  const proof = method === 'POST' ? proofOfForm(fields, credentials) : proofOfHeader(credentials);
  return (
    proof && {
      proof,
      scopes: fields.getAll('scope'),
      service: fields.get('service') ?? undefined,
      wantsRefresh: fields.get('offline_token') === 'true' || fields.get('access_type') === 'offline',
    }
  );
}

function proofOfHeader(credentials: Credentials): Proof | undefined {
  if (credentials.scheme === 'none') return { kind: 'none' };
  if (credentials.scheme !== 'basic') return undefined;
  return { kind: 'password', username: credentials.username, password: credentials.password };
}

/** OAuth 2's grants of a password and of a refresh token (RFC 6749 sections 4.3 and 6); without one, as with GET. */
function proofOfForm(form: URLSearchParams, credentials: Credentials): Proof | undefined {
  const grant = form.get('grant_type');
  // With a proof and without its kind, it is not somebody who does not log in.
  if (grant === null) return form.has('password') || form.has('refresh_token') ? undefined : proofOfHeader(credentials);
  if (grant === 'refresh_token') return { kind: 'refresh token', token: form.get('refresh_token') ?? '' };
  if (grant !== 'password') return undefined;
  return { kind: 'password', username: form.get('username') ?? '', password: form.get('password') ?? '' };
}
