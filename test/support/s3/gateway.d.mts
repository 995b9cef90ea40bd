/** A real S3 server with an empty bucket. */
export interface Gateway {
  /** `http://host:port` */
  readonly origin: string;
  readonly bucket: string;
  /** What an S3Client is made of. */
  readonly clientConfig: {
    readonly region: string;
    readonly endpoint: string;
    readonly forcePathStyle: true;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Ends it, and removes all that it stored. */
  close(): Promise<void>;
}

export function startGateway(): Promise<Gateway>;

/** A port that was free a moment ago. */
export function freePort(): Promise<number>;
