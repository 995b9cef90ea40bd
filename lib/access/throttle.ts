/** What bounds how much clients may ask for. Types only. */
import type { RequestTarget } from '../events/response.ts';

/** A request that has arrived, before anything else is known of it. */
export interface Arrival {
  /**
   * The address of the client: that of the connection, or what trusted proxies say of it. Undefined where it is not known, as
   * where they contradict themselves.
   */
  readonly remoteAddress: string | undefined;
  /** The request as the host sees it: an `IncomingMessage` of `node:http`, or the `Request` of a host that speaks fetch. */
  readonly request: unknown;
}

/** How a request has ended. */
export interface Departure extends RequestTarget {
  /** The status that was sent; 499 where the connection closed before one was. */
  readonly status: number;
}

/** One request, from its arrival to the end of its response. */
export interface Visit {
  /**
   * Called when it is known who the client is and what it wants, before anything is done. `subject` is that of the permit; undefined for
   * a client that is not known. A RegistryError that it throws becomes the reply. Not called for a request for a token.
   */
  admit(subject: string | undefined, target: RequestTarget): void;
  /** Called once when the response has ended, also where it was a refusal of this visit. It must not throw. */
  end(departure: Departure): void;
}

/**
 * Counts requests: called with each of them as it arrives. A RegistryError that it throws becomes the reply, and nothing more is called
 * for that request.
 */
export type Throttle = (arrival: Arrival) => Visit;
