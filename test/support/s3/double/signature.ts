/** Signature version 4, of the header and of presigned URLs, verified from what was received. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from './errors.ts';
import { encode, type S3Request } from './request.ts';

/** The one account of a double. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Against what signatures are verified. */
export interface Verifier {
  readonly credentials: Credentials;
  readonly region: string;
}

/** What a signature says about itself. */
interface Claim {
  readonly scope: readonly string[];
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly date: string;
  readonly payload: string;
  readonly query: ReadonlyMap<string, string>;
}

const skew = 15 * 60_000;
const week = 7 * 24 * 3600;

/** Verifies a request, and gives what it says of its payload: a digest in hex, or one of the `…-PAYLOAD…` words. */
export function verifySignature(request: S3Request, { credentials, region }: Verifier): string {
  const claim = claimOf(request);
  const [day, claimedRegion, service, end] = claim.scope;
  if (service !== 's3' || end !== 'aws4_request' || day !== claim.date.slice(0, 8) || claimedRegion !== region) {
    throw new S3Error('AuthorizationHeaderMalformed', `The scope is wrong; expecting ${day}/${region}/s3/aws4_request`, {
      Region: region,
    });
  }
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  const meaningful = (name: string) => name === 'host' || name === 'content-md5' || name.startsWith('x-amz-');
  const unsigned = [...request.received.keys()].filter((name) => meaningful(name) && !claim.signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
  const expected = signatureOf(request, claim, credentials.secretAccessKey);
  if (claim.signature.length !== expected.length || !timingSafeEqual(Buffer.from(claim.signature), Buffer.from(expected))) {
    throw new S3Error('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
  }
  return claim.payload;
}

function claimOf(request: S3Request): Claim {
  const authorization = request.received.get('authorization');
  const presigned = request.query.has('X-Amz-Signature');
  if (authorization !== undefined && presigned) {
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed');
  }
  if (authorization !== undefined) return headerClaim(request, authorization);
  if (presigned) return presignedClaim(request);
  throw new S3Error('AccessDenied', 'Anonymous access is forbidden for this operation');
}

function headerClaim({ received, query }: S3Request, authorization: string): Claim {
  const form = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([\da-f]{64})$/;
  const [, credential = '', signedHeaders = '', signature = ''] = form.exec(authorization) ?? [];
  if (signature === '') throw new S3Error('AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  const date = received.get('x-amz-date') ?? '';
  const age = Date.now() - instantOf(date);
  if (Number.isNaN(age)) throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  if (Math.abs(age) > skew) {
    throw new S3Error('RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.');
  }
  const payload = received.get('x-amz-content-sha256');
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return { ...scopeOf(credential), signedHeaders: signedHeaders.split(';'), signature, date, payload, query };
}

function presignedClaim({ query }: S3Request): Claim {
  const parameter = (name: string): string => {
    const value = query.get(name);
    if (value !== undefined) return value;
    throw new S3Error('AuthorizationQueryParametersError', `The query parameters lack ${name}.`);
  };
  const date = parameter('X-Amz-Date');
  const seconds = Number(parameter('X-Amz-Expires'));
  if (
    parameter('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' ||
    !(seconds >= 1 && seconds <= week) ||
    Number.isNaN(instantOf(date))
  ) {
    throw new S3Error('AuthorizationQueryParametersError', 'X-Amz-Algorithm, X-Amz-Expires or X-Amz-Date is not valid.');
  }
  const age = Date.now() - instantOf(date);
  if (age < -skew) throw new S3Error('AccessDenied', 'Request is not yet valid');
  if (age > seconds * 1000) throw new S3Error('AccessDenied', 'Request has expired', { 'X-Amz-Expires': String(seconds) });
  return {
    ...scopeOf(parameter('X-Amz-Credential')),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    date,
    payload: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
    query: new Map([...query].filter(([name]) => name !== 'X-Amz-Signature')),
  };
}

function scopeOf(credential: string): Pick<Claim, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', ...scope] = credential.split('/');
  return { accessKeyId, scope };
}

/** Milliseconds of `YYYYMMDDTHHMMSSZ`, or NaN. */
function instantOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function signatureOf({ method, path, received }: S3Request, claim: Claim, secret: string): string {
  const query = [...claim.query].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const headers = claim.signedHeaders.map((name) => `${name}:${received.get(name) ?? ''}\n`);
  const canonical = [method, path, query.join('&'), headers.join(''), claim.signedHeaders.join(';'), claim.payload].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', claim.date, claim.scope.join('/'), createHash('sha256').update(canonical).digest('hex')];
  const key4 = claim.scope.reduce<string | Buffer>((by, word) => hmac(by, word), `AWS4${secret}`);
  return hmac(key4, toSign.join('\n')).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
