/** Tells of operations and of the calls of drivers. Imported when the first request is served that anybody wants to hear of. */
import { tracingChannel } from 'node:diagnostics_channel';
import type { ReplySummary } from './response.ts';
import type { DriverTrace, OperationTrace, Stores, Traced } from './tracing.ts';

const operations = tracingChannel<OperationTrace>('stowage:operation');
const calls = tracingChannel<DriverTrace>('stowage:driver');

/** Serves an operation and tells of it; from then on, calls of the stores are told of. */
export async function tell<R extends ReplySummary>({ asked, use, about, stores, serve }: Traced<R>): Promise<R> {
  tellOfCalls(stores);
  const message: OperationTrace = { requestId: asked.requestId, ...(use !== undefined && { use }), ...about };
  let reply: R | undefined;
  const result = async (): Promise<OperationTrace['result']> => {
    try {
      reply = await serve();
      return { status: reply.status };
    } finally {
      Object.assign(message, about);
    }
  };
  await operations.tracePromise(result, message);
  return reply as R;
}

const told = new WeakSet<Stores>();

/** Puts what tells of calls in the place of the stores. */
function tellOfCalls(stores: Stores): void {
  if (told.has(stores)) return;
  told.add(stores);
  stores.blobs = telling('blobs', stores.blobs);
  stores.uploads = telling('uploads', stores.uploads);
  stores.manifests = telling('manifests', stores.manifests);
}

/** A store whose calls are told of. Over an object of its own, since a proxy may not give other members than a frozen one has. */
function telling<S extends object>(store: keyof Stores, methods: S): S {
  return new Proxy({} as S, {
    get(_, method) {
      const member: unknown = Reflect.get(methods, method);
      if (typeof member !== 'function') return member;
      const call = (...given: unknown[]) => Reflect.apply(member, methods, given);
      return (...given: unknown[]) =>
        calls.tracePromise(call, { store, method: String(method), ...subjectOf(given) }, undefined, ...given);
    },
  });
}

const subjectOf = ([repository, key]: readonly unknown[]): Pick<DriverTrace, 'repository' | 'key'> => ({
  ...(typeof repository === 'string' && { repository }),
  ...(typeof key === 'string' && { key }),
});
