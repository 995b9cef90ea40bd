/** The client that the driver makes if it is given none. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * Of a reply, 256 KiB may wait to be read: with Node's 16 KiB, the socket is paused and resumed for each piece. `readableHighWaterMark` is
 * an option of the sockets, to which the agent passes all of its own.
 */
const agent = { maxSockets: Number.POSITIVE_INFINITY, readableHighWaterMark: 256 * 1024 };

/**
 * Timeouts such that the attempts of a call on a silent store (one of the driver and three of the SDK), and three of the calls that
 * clean up after it, end within the 30 seconds that a request may take. The number of sockets is unlimited: a call that waits for a
 * free socket would run into the same timeouts, as if the store were down.
 */
const connections = {
  connectionTimeout: 2_000,
  socketTimeout: 4_000,
  httpAgent: agent,
  httpsAgent: agent,
};

/** A client with timeouts for a silent store. Timeouts and agents in `config` take precedence. */
export function createClient(config: S3ClientConfig = {}): S3Client {
  const { requestHandler = {} } = config;
  const isHandler = typeof requestHandler === 'function' || 'handle' in requestHandler;
  return new S3Client({ ...config, requestHandler: isHandler ? requestHandler : { ...connections, ...requestHandler } });
}
