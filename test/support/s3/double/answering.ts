/** From a request that was received whole to its answer: signature, policy, bucket, parameters, body, operation. */
import { parseBody } from './body.ts';
import type { Reply } from './call.ts';
import { S3Error } from './errors.ts';
import { type Action, checkExtras, type Operation, type OperationName, operations } from './operations.ts';
import { checkPolicy } from './policy.ts';
import type { S3Request } from './request.ts';
import { type Verifier, verifySignature } from './signature.ts';
import type { Store } from './store.ts';

/** Whose requests are answered, about what. */
export interface House extends Verifier {
  readonly bucket: string;
  readonly store: Store;
  readonly allows: readonly Action[];
}

/** The answer to a request, or an S3Error thrown. */
export function answer(house: House, request: S3Request, name: OperationName, raw: Buffer): Reply {
  const { bucket, store, allows } = house;
  const { lacks } = store.rules;
  if (lacks.includes('presigned requests') && request.query.has('X-Amz-Signature')) {
    throw new S3Error('AccessDenied', 'Presigned requests are not supported');
  }
  const payload = verifySignature(request, house);
  checkPolicy(name, request, allows);
  if (request.bucket !== bucket) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: request.bucket });
  }
  checkExtras(request, name);
  const garbles = lacks.includes('streamed bodies') && payload.startsWith('STREAMING-');
  const body = garbles ? { bytes: raw, checksum: undefined, md5: false } : parseBody(request, payload, raw);
  const operation: Operation = operations[name];
  return operation.run({ request, body, bucket, store, key: request.key ?? '' });
}
