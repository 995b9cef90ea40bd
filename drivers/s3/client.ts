/** The client that a driver makes where it is given none. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * Three silent tries of one call, and of what clears up after it, take less than the 30 seconds in which a request has to end.
 * A request that waits for a connection of a full pool would time out as if the store were away: there is one for each.
 */
const connections = {
  connectionTimeout: 2_000,
  socketTimeout: 4_000,
  httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
  httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
};

/** A client that gives up a silent store. What `config` says of timeouts and connections wins. */
export function newClient(config: S3ClientConfig = {}): S3Client {
  const { requestHandler = {} } = config;
  const isHandler = typeof requestHandler === 'function' || 'handle' in requestHandler;
  return new S3Client({ ...config, requestHandler: isHandler ? requestHandler : { ...connections, ...requestHandler } });
}
