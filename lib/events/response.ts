/** What is told of each request once its response has ended: the event that logs, metrics and audit are written over. */
import type { ErrorCode } from '../api/errors.ts';
import type { Digest, RepositoryName, Tag, Tarsum, UploadId } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';
import { now } from '../timers.ts';

/** What a request turned out to be about, as far as it came. */
export interface RequestTarget {
  /** Absent where the table has no row for the request, and where it was refused before it was routed. */
  readonly operation?: Operation;
  /** Which use case of the operation, where there are several. */
  readonly use?: string;
  readonly repository?: RepositoryName;
  /** The tag or digest in the path of a manifest. */
  readonly reference?: Tag | Digest;
  /** The digest of the content: the one of the reply, or else the one that the request names. */
  readonly digest?: Digest | Tarsum;
  /** The tags that a manifest is pushed under beside its digest, from the query. */
  readonly tags?: readonly Tag[];
  /** The source of a mount. */
  readonly from?: RepositoryName;
  /** The manifest that a pushed manifest refers to as its `subject`; not the client, which is `user`. */
  readonly subject?: Digest;
  /** The upload in the path, or the one that the request began. */
  readonly upload?: UploadId;
  /** Who the client is: the `subject` of its permit, also of one that was refused. */
  readonly user?: string;
}

/** What a reply tells of itself. */
export interface ReplySummary {
  /** The status that was sent; 499 where the connection closed before one was. */
  readonly status: number;
  /** The error code of a refusal. */
  readonly code?: ErrorCode;
  readonly about: RequestTarget;
}

/** How the sending of a reply went. */
export interface Transfer {
  /** How many bytes of the request's body were read. */
  readonly bytesIn: number;
  /** How many bytes of the reply's body were handed to the connection. */
  readonly bytesOut: number;
  /** Whether the reply left whole; false where the connection closed or broke before. */
  readonly complete: boolean;
}

/** One request and its response, as they ended. */
export interface ResponseEvent extends RequestTarget, Transfer {
  /**
   * What the reply has in its `X-Request-Id`, and the log in its lines of this request: the id that a trusted proxy gave it in that header,
   * or else one of the registry's own, which no other request has.
   */
  readonly requestId: string;
  readonly method: string;
  /** The path as it came, from `/v2` on. The query stays out, since it may hold secrets. */
  readonly path: string;
  /** The address of the client, where the server knows it. */
  readonly remoteAddress: string | undefined;
  /** The status that was sent; 499 where the connection closed before one was. */
  readonly status: number;
  /** The error code of a refusal. */
  readonly code?: ErrorCode;
  /** From the arrival of the request's headers to the end of its response. */
  readonly milliseconds: number;
}

/** Hears of each response. What it throws is logged and changes nothing. */
export type OnResponse = (event: ResponseEvent) => void | Promise<void>;

/** What an event tells of a request that its reply does not know. */
export interface RequestSummary {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly remoteAddress: string | undefined;
  /** When its headers arrived, by {@link now}. */
  readonly startedAt: number;
}

/** The event of a reply that was sent, or broke off. */
export function responseEvent(asked: RequestSummary, { status, code, about }: ReplySummary, transfer: Transfer): ResponseEvent {
  const { requestId, method, path, remoteAddress, startedAt } = asked;
  const milliseconds = now() - startedAt;
  const { bytesIn, bytesOut, complete } = transfer;
  // The spreads come last: V8 makes a new map for each property that follows one.
  return {
    requestId,
    method,
    path,
    remoteAddress,
    status,
    bytesIn,
    bytesOut,
    complete,
    milliseconds,
    ...about,
    ...(code && { code }),
  };
}
