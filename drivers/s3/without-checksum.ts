/** Reads that ask the store for no checksum, for bytes that a digest vouches for. */
import type { GetObjectCommand, GetObjectCommandInput } from '@aws-sdk/client-s3';

/**
 * The command, whose body comes as it is on the wire: the SDK would compute a checksum over all of it in JavaScript. The middleware runs
 * after the SDK's own for checksums, which sends one of the empty body of a request without any, and before the request is signed.
 */
export function withoutChecksum(command: GetObjectCommand): GetObjectCommand {
  command.middlewareStack.add(
    (next) => (asked) => {
      const { headers } = asked.request as { readonly headers: Record<string, string> };
      delete headers['x-amz-checksum-mode'];
      (asked.input as GetObjectCommandInput).ChecksumMode = undefined;
      return next(asked);
    },
    { step: 'build', priority: 'low' },
  );
  return command;
}
