/**
 * Bare servers on a free port of 127.0.0.1, for as long as a test needs them. `startRegistry` of `stowage/testing` is a registry for all
 * other tests; those of the door for `node:http` itself (framing, sockets, hosts, mounts, timeouts) begin here, below the seam at which that
 * one stands.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import {
  createRegistryHandler,
  type Driver,
  type RegistryHandler,
  type RegistryOptions,
  type ResponseEvent,
} from '../../lib/index.ts';
import { listenOnFreePort } from '../../lib/testing/free-port.ts';

/** A server that accepts connections. `await using` closes it at the end of its block. */
export interface Listening<S = Server> extends AsyncDisposable {
  readonly server: S;
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Ends at once: also connections whose request hangs are broken. */
  close(): Promise<void>;
}

/** Starts a server, or a listener in a server of its own; resolves when it accepts connections. */
export async function listen(served: Server | RequestListener): Promise<Listening>;
export async function listen(served: Http2Server): Promise<Listening<Http2Server>>;
export async function listen(served: Server | Http2Server | RequestListener): Promise<Listening<Server | Http2Server>> {
  const server = typeof served === 'function' ? createServer({ requestTimeout: 0 }, served) : served;
  const { port, close } = await listenOnFreePort(server);
  return { server, port, origin: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

/**
 * The handler in a server of its own. `await using` closes that and then waits until the handler is done with every request, so that
 * nothing uses the driver any more.
 */
export interface RunningHandler extends Listening {
  readonly handler: RegistryHandler;
  /** One for each request, in the order in which they came: settles when the handler is done with it. */
  readonly requests: readonly Promise<void>[];
  /** The details of everything that was logged. */
  readonly logged: object[];
  /** What `onResponse` heard. */
  readonly events: ResponseEvent[];
}

/** Starts the handler over a driver. It ends no abandoned uploads, unless the options say so. */
export async function startHandler(driver: Driver, options: RegistryOptions = {}): Promise<RunningHandler> {
  const requests: Promise<void>[] = [];
  const logged: object[] = [];
  const events: ResponseEvent[] = [];
  const log = (details: object): void => void logged.push(details);
  const handler = createRegistryHandler(driver, {
    logger: { error: log, warn: log },
    onResponse: (event) => void events.push(event),
    uploadExpiry: false,
    ...options,
  });
  const listening = await listen((request, response) => void requests.push(handler(request, response)));
  const dispose = async (): Promise<void> => {
    await listening.close();
    await Promise.all(requests);
  };
  return { ...listening, handler, requests, logged, events, [Symbol.asyncDispose]: dispose };
}
