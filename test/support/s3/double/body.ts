/** The body of a request: received whole, unwrapped from aws-chunked, and held to every digest that came with it. */
import { createHash } from 'node:crypto';
import { algorithmNamed, type Checksum, checksumHeader, md5, verifyChecksum } from './checksums.ts';
import { unwrapChunks } from './chunked.ts';
import { S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** What a request carried. */
export interface Body {
  readonly bytes: Buffer;
  /** The checksum that was sent along, verified. */
  readonly checksum: Checksum | undefined;
  /** Whether Content-MD5 was sent along, and verified. */
  readonly md5: boolean;
}

const streaming = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** What was sent, if it is what it says; `payload` is what the signature says of it. */
export function parseBody({ method, headers }: S3Request, payload: string, raw: Buffer): Body {
  if (method === 'PUT' && payload !== streaming && !headers.has('content-length')) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const { bytes, trailers } =
    payload === streaming ? unwrapChunks(raw, headers) : { bytes: raw, trailers: new Map<string, string>() };
  if (payload !== streaming) verifyPayload(payload, bytes);
  const sent = headers.get('content-md5');
  if (sent !== undefined) verifyMd5(sent, bytes);
  return { bytes, checksum: verifiedChecksum(new Map([...headers, ...trailers]), bytes), md5: sent !== undefined };
}

function verifyPayload(payload: string, bytes: Buffer): void {
  if (payload === 'UNSIGNED-PAYLOAD') return;
  if (payload.startsWith('STREAMING-')) throw new S3Error('NotImplemented', `${payload} is not implemented by this double.`);
  if (!/^[\da-f]{64}$/.test(payload)) {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a streaming word, or a valid sha256 value.',
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') !== payload) {
    throw new S3Error('XAmzContentSHA256Mismatch', 'The provided x-amz-content-sha256 header does not match what was computed.');
  }
}

function verifyMd5(sent: string, bytes: Buffer): void {
  const decoded = Buffer.from(sent, 'base64');
  if (decoded.length !== 16) throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  if (decoded.toString('hex') !== md5(bytes)) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}

/** Headers of the same beginning that are no checksums. */
const about = ['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type'];

function verifiedChecksum(headers: ReadonlyMap<string, string>, bytes: Buffer): Checksum | undefined {
  const sent = [...headers].filter(([name]) => name.startsWith('x-amz-checksum-') && !about.includes(name));
  const announced = headers.get('x-amz-sdk-checksum-algorithm');
  if (sent.length > 1)
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [only] = sent;
  if (announced !== undefined && only?.[0] !== checksumHeader(algorithmNamed(announced))) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (only === undefined) return undefined;
  const [name, value] = only;
  const checksum = { algorithm: algorithmNamed(name.slice('x-amz-checksum-'.length)), value };
  verifyChecksum(checksum, bytes);
  return checksum;
}
