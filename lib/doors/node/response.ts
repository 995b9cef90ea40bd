/** Replies, sent over `node:http`. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import type { HeaderLines } from '../../api/errors.ts';
import type { Advice, Advise } from '../../options/advice.ts';
import { type Outgoing, releaseBody } from '../../reply.ts';
import { type IdleTimer, idleTimer } from '../idle.ts';
import type { Expectation } from './continue.ts';
import { discardRest, linger, resetLater } from './discard.ts';
import { turnOf } from './pipeline.ts';
import { type Outlet, pieceBytes, pump } from './pump.ts';
import type { NodeRequest } from './request.ts';

/** What a response is sent with. */
export interface Sending {
  /** Absent where the client does not wait to be asked for its body. */
  readonly expectation: Expectation | undefined;
  /** How long a client may leave the response unread, in milliseconds; 0 for ever. */
  readonly responseIdle: number;
  readonly advise: Advise;
}

/** The response to a request. */
export class NodeResponse implements Outlet {
  /** Resolves when the responses before it on its connection have ended: false if that closed before. Undefined if there are none. */
  readonly turn: Promise<boolean> | undefined;
  /** How many bytes of the body were handed to the connection. */
  sent = 0;
  #isOver = false;
  #hasEnded = false;
  #ended: Promise<void> | undefined;
  #resolveEnded: (() => void) | undefined;
  #idle: IdleTimer | undefined;

  constructor(
    private readonly request: NodeRequest,
    readonly response: ServerResponse,
    private readonly sending: Sending,
  ) {
    const end = (): void => this.#end();
    if (hasEnded(response)) end();
    response.on('finish', end);
    response.on('close', end);
    this.turn = isQueued(request.request, response) ? turnOf(request.request, response) : undefined;
    this.turn?.then((isTurn) => isTurn || end());
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isOver = true;
    if (!this.response.writableEnded) this.request.abandon();
    this.#resolveEnded?.();
  }

  /** Resolves when the response has left or its connection closed. */
  get ended(): Promise<void> {
    this.#ended ??= new Promise((resolve) => {
      if (this.#hasEnded) resolve();
      else this.#resolveEnded = resolve;
    });
    return this.#ended;
  }

  /** Whether a reply was begun. */
  get isBegun(): boolean {
    return this.response.headersSent;
  }

  /** Whether nothing can be sent any longer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the whole reply was handed to the operating system. */
  get isComplete(): boolean {
    return this.isBegun && this.response.writableFinished;
  }

  /** Destroys the response: its connection breaks off, so that a client never takes a part of a reply for the whole. */
  destroy(): void {
    this.response.destroy();
  }

  /** Destroys the response of a request whose client has left, and waits for its end. */
  abandon(): Promise<void> {
    this.destroy();
    return this.ended;
  }

  /** Destroys the connection, with all responses that are queued on it. Nothing is sent from then on. */
  cut(): void {
    this.#isOver = true;
    this.request.abandon();
    this.response.destroy();
    this.request.request.socket?.destroy();
  }

  /**
   * Sends a reply. Settles when it has left or the connection closed. A body that breaks off takes the connection with
   * it. What broke it is thrown.
   */
  async send({ status, headers, body }: Outgoing, keepAlive: boolean): Promise<void> {
    const { request, response, sending } = this;
    const isExpected = sending.expectation?.isOpen() ?? false;
    // A stream of HTTP/2 ends without its connection, and its header must not speak of that.
    const { stream } = response as MaybeOfStream;
    const cutOff = !stream && !this.#isOver && request.isArriving && !(await discardRest(request, isExpected));
    if (this.#isOver || response.headersSent) return releaseBody(body);
    response.strictContentLength = true;
    if (!keepAlive) response.shouldKeepAlive = false;
    const own = stream ? withoutConnection(headers) : cutOff ? closing(headers) : headers;
    response.writeHead(status, written(withVaryOf(response, own), request.requestId));
    try {
      if (!cutOff && (body === undefined || (ArrayBuffer.isView(body) && body.length <= pieceBytes))) {
        this.sent = body?.length ?? 0;
        response.end(body);
      } else {
        if (cutOff) response.flushHeaders();
        if (body !== undefined) await pump(body, this);
        if (cutOff) await linger(request);
        if (!this.#isOver) response.end();
      }
      // The registry has no such header. Middleware sets it when it sees the head, or the first bytes. A host's own response may have no look.
      const coding = response.getHeader?.('content-encoding');
      if (coding !== undefined && coding !== 'identity') sending.advise(encoded);
      if (stream && request.isArriving) resetLater(request, stream, this.ended);
      // Bytes that the operating system has taken do not wait for the client.
      await (response.writableLength === 0 ? this.ended : this.whileClientReads(this.ended));
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      this.#idle?.stop();
    }
  }

  /** Waits for something that only the client can bring about, with the idle timeout. */
  whileClientReads(wait: Promise<void>): Promise<void> {
    const { response, sending } = this;
    this.#idle ??= idleTimer(sending.responseIdle, () => response.destroy());
    return this.#idle.during(wait);
  }
}

const encoded: Advice = {
  setting: 'Content-Encoding',
  message:
    'a middleware before the registry has encoded a response (Content-Encoding), so that its bytes and its length are not those that were stored: mount the registry before it, or keep it from /v2',
  isVital: true,
};

/** Whether a response stands behind another one on its connection. What no parser made, and a stream of HTTP/2, does not. */
function isQueued({ socket }: IncomingMessage, response: ServerResponse): boolean {
  return response.socket === null && socket instanceof Socket;
}

/** A response, which has a stream over HTTP/2. */
type MaybeOfStream = ServerResponse & { readonly stream?: Pick<ServerHttp2Stream, 'destroyed' | 'close'> };

/** Whether a response has left or its connection closed before it is looked at. */
function hasEnded(response: ServerResponse): boolean {
  // Over HTTP/2, the stream knows; it is finished, though not destroyed, before a response to HEAD begins.
  const { stream } = response as MaybeOfStream;
  return stream ? stream.destroyed : response.destroyed || response.writableFinished;
}

const closing = (headers: HeaderLines): HeaderLines => ({ ...headers, Connection: 'close' });

/**
 * The headers as they are written, with the id of the request. Older versions of Node 20 compare the length as it was given with that of
 * the body: no text is ever equal to it. Not a spread: V8 gives each copy a new map, and with a member behind it a request takes a tenth longer.
 */
function written(headers: HeaderLines, requestId: string): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = {};
  for (const name of Object.keys(headers)) all[name] = headers[name] as string | string[];
  const { 'Content-Length': length } = headers;
  if (length !== undefined) all['Content-Length'] = Number(length);
  all['X-Request-Id'] = requestId;
  return all;
}

/** The headers with what middleware, which goes before the registry, has said that the reply varies by. */
function withVaryOf(response: ServerResponse, headers: HeaderLines): HeaderLines {
  const given = headers.Vary === undefined ? undefined : response.getHeader?.('vary');
  if (given === undefined) return headers;
  const names = [given, headers.Vary].flatMap((lines) => String(lines).split(',')).map((name) => name.trim());
  const named = new Map(names.filter(Boolean).map((name) => [name.toLowerCase(), name]));
  return { ...headers, Vary: [...named.values()].join(', ') };
}

function withoutConnection({ Connection, ...others }: HeaderLines): HeaderLines {
  return others;
}
