/** Warns, once for each server, about settings of the host that break large uploads, lose requests or let them be smuggled. */
import type { IncomingMessage } from 'node:http';
import type { Advice, Advise } from '../../options/advice.ts';

/** The idle timeout of connections that proxies usually have. */
const usualKeepAliveMs = 60_000;

/** Warns of what a request's server is set to, once for each server. */
export function serverAdvisor(advise: Advise, isBehindProxy: boolean): (request: IncomingMessage) => void {
  const known = new WeakSet<object>();
  return ({ socket }) => {
    // The server of a socket is not documented, and a host that hands over requests of its own making has none.
    const { server } = (socket ?? {}) as { server?: unknown };
    if (typeof server !== 'object' || server === null || known.has(server)) return;
    known.add(server);
    for (const each of adviceOn(server, isBehindProxy)) advise(each);
  };
}

/** What is read of a server of `node:http`. */
interface ServerSettings {
  readonly requestTimeout?: unknown;
  readonly keepAliveTimeout?: unknown;
  readonly insecureHTTPParser?: unknown;
}

function adviceOn(server: ServerSettings, isBehindProxy: boolean): Advice[] {
  const { requestTimeout, keepAliveTimeout, insecureHTTPParser = isLenient() } = server;
  const advice: Advice[] = [];
  if (typeof requestTimeout === 'number' && requestTimeout > 0) {
    const message = `the server cuts off every request that takes longer than ${requestTimeout / 1000} s, uploads among them; set server.requestTimeout = 0, as the registry itself ends bodies that stand still (its option timeouts.bodyIdle)`;
    advice.push({ setting: 'requestTimeout', message, isVital: true });
  }
  const closesFirst = typeof keepAliveTimeout === 'number' && keepAliveTimeout > 0 && keepAliveTimeout <= usualKeepAliveMs;
  if (isBehindProxy && closesFirst) {
    const message = `the server closes idle connections after ${keepAliveTimeout / 1000} s, and proxies usually keep theirs for ${usualKeepAliveMs / 1000} s: a request that is sent meanwhile is lost, and answered 502 by the proxy; set server.keepAliveTimeout = 75_000`;
    advice.push({ setting: 'keepAliveTimeout', message });
  }
  if (insecureHTTPParser) {
    const message =
      'the server parses HTTP leniently, so that a proxy before it and the registry may disagree on where a request ends; remove the option insecureHTTPParser of the server, and --insecure-http-parser from the arguments of node and from NODE_OPTIONS';
    // Not vital: Node itself warns of it.
    advice.push({ setting: 'insecureHTTPParser', message });
  }
  return advice;
}

/** Whether the process was started so that its servers parse leniently. */
function isLenient(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) => /--insecure[-_]http[-_]parser/.test(text));
}
