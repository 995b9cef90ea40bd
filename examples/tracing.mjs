/**
 * Spans of OpenTelemetry for each operation of a registry and, below it, for each call of its driver.
 *
 *     import { trace } from '@opentelemetry/api';
 *     traceRegistry(trace.getTracer('registry'));
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { isRegistryError } from 'stowage';

/** The context of what is under way: that of an operation within its driver calls. */
const contexts = new AsyncLocalStorage();

/** Has a tracer make spans of all registries of this process, from now on. */
export function traceRegistry(tracer) {
  const spanOf = new WeakMap();

  const follow = (channel, describe) => {
    channel.start.bindStore(contexts, (message) => {
      const parent = contexts.getStore() ?? context.active();
      const { name, attributes } = describe(message);
      const span = tracer.startSpan(name, { attributes }, parent);
      spanOf.set(message, span);
      return trace.setSpan(parent, span);
    });
    const end = (message) => {
      const span = spanOf.get(message);
      spanOf.delete(message);
      const { error, result, user } = message;
      if (user !== undefined) span?.setAttribute('enduser.id', user);
      const status = isRegistryError(error) ? error.status : result?.status;
      if (status !== undefined) span?.setAttribute('http.response.status_code', status);
      // What a client did wrong is no error of the registry.
      if (error !== undefined && !(status < 500)) {
        span?.recordException(error);
        span?.setStatus({ code: SpanStatusCode.ERROR });
      }
      span?.end();
    };
    const ignore = () => {};
    // An error comes before the end, or in its place.
    channel.subscribe({ start: ignore, end: ignore, asyncStart: ignore, asyncEnd: end, error: end });
  };

  follow(tracingChannel('stowage:operation'), ({ operation, use, repository, reference, digest, requestId }) => ({
    name: use === undefined ? operation : `${operation} (${use})`,
    attributes: { 'stowage.repository': repository, 'stowage.reference': reference ?? digest, 'stowage.request_id': requestId },
  }));
  follow(tracingChannel('stowage:driver'), ({ store, method, repository, key }) => ({
    name: `${store}.${method}`,
    attributes: { 'stowage.repository': repository, 'stowage.key': key },
  }));
}
