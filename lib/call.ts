/** What an operation is called with, and what it answers. */
import type { LetIn } from './access/permission.ts';
import { headerWriter } from './api/derive.ts';
import { type ErrorCode, type ErrorOptions, RegistryError } from './api/errors.ts';
import type { Operation, ParamsOf, RefusalOf, RefusalOptions, ReplyOf } from './api/infer.ts';
import type { Recording } from './events/recording.ts';
import type { Stores } from './events/tracing.ts';
import type { Legacy } from './legacy/index.ts';
import type { Settings } from './options.ts';
import type { UrlBuilder } from './routing/url.ts';
import type { Body } from './uploads/body.ts';
import type { Uploads } from './uploads/uploads.ts';

/** What all calls to one registry share. */
export interface Services {
  readonly driver: Stores;
  readonly uploads: Uploads;
  readonly settings: Settings;
  readonly legacy: Legacy;
  /** Keeps what was done before it is acknowledged; undefined without the option `events`. */
  readonly recording: Recording | undefined;
}

/** What every call has, whatever the operation. */
export interface CallContext extends Omit<Services, 'recording'>, Pick<LetIn, 'may' | 'denied'> {
  /** Builds URLs as this client sees them. */
  readonly url: UrlBuilder;
  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Who the client is, as its permit says; undefined for a client that is not known. */
  readonly user: string | undefined;
  /** Whether the reply will be sent without its body. */
  readonly head: boolean;
}

type WithBody<P> = P extends { readonly body: true }
  ? Omit<P, 'body'> & { readonly body: Body }
  : Omit<P, 'body'> & { readonly body?: undefined };

/**
 * A request to one operation: its parsed parameters, and what it may use. An operation with several use cases gets a union
 * over them, told apart by `use`. `Call<'putManifest'>`, unfolded, is a {@link CallContext} with
 *
 *     | { operation: 'putManifest'; use: 'by digest'; path: { name: RepositoryName; reference: Digest };
 *         query: { tag?: readonly Tag[] }; headers: { 'Content-Type'?: MediaType; 'If-Match'?: string; … }; body: Body;
 *         error('DIGEST_INVALID' | 'MANIFEST_INVALID' | …): RegistryError }
 *     | { operation: 'putManifest'; use: 'by tag'; path: { name: RepositoryName; reference: Tag }; query: {}; … }
 */
export type Call<O extends Operation> = O extends Operation
  ? WithBody<ParamsOf<O>> &
      CallContext & {
        readonly operation: O;
        /** The error to throw for a failure that the row of the operation declares. */
        error<C extends RefusalOf<O>>(
          code: C,
          ...options: object extends RefusalOptions<O, C> ? [RefusalOptions<O, C>?] : [RefusalOptions<O, C>]
        ): RegistryError;
      }
  : never;

/** Serves one operation. */
export type Handler<O extends Operation> = (call: Call<O>) => Promise<ReplyOf<O>>;

/** One handler for each operation of the table. */
export type Handlers = { readonly [O in Operation]: Handler<O> };

/** A reply of any operation. */
export type Reply = ReplyOf<Operation>;

/** Makes the error of a failure row: what `call.error` does, without its types. */
export function refusal(code: ErrorCode, { status, headers = {}, ...words }: Refusal = {}): RegistryError {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const written = Object.fromEntries(given.map(([name, value]) => [name, headerWriter(name).write(value)]));
  return withoutStack(() => new RegistryError(code, { ...words, ...(status !== undefined && { status }), headers: written }));
}

/**
 * Makes an error without its stack trace, which takes longer to capture than the rest of a refusal. It is an answer that the table
 * has foreseen: what is absent is asked for before each push of a blob, and its stack is never looked at.
 */
function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  // Not an assignment: where a host has frozen the built-in objects, that would throw.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

type Refusal = Omit<ErrorOptions, 'status' | 'headers'> & {
  readonly status?: number | undefined;
  readonly headers?: object | undefined;
};
