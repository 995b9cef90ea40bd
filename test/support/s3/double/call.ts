/** What every operation of the double is given, and what it answers. */
import type { Body } from './body.ts';
import type { S3Request } from './request.ts';
import type { Content, Store } from './store.ts';

/** One call: verified, permitted, its body received. */
export interface Call {
  readonly request: S3Request;
  readonly body: Body;
  readonly bucket: string;
  readonly store: Store;
  /** The key of the path; empty for calls on the bucket. */
  readonly key: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** XML, or content. */
  readonly body?: string | Content;
}
