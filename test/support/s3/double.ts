/** An S3 server in memory, on node:http: as strict as S3 is, and able to fail by plan. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../server.ts';
import { answer, type House } from './double/answering.ts';
import type { Reply } from './double/call.ts';
import { errorDocument, S3Error } from './double/errors.ts';
import { type CallHead, type Decide, decisionOf, type Fault, type Plan } from './double/faults.ts';
import { type Action, type OperationName, operationOf, operations } from './double/operations.ts';
import { tellable } from './double/policy.ts';
import { receive } from './double/receiving.ts';
import { parseRequest, type S3Request } from './double/request.ts';
import { send } from './double/sending.ts';
import { type Lack, type Rules, Store } from './double/store.ts';
import type { Gateway } from './gateway.ts';

export type { Action, CallHead, Decide, Fault, Lack };

/** How a double behaves; without options as strictly as it can, with pages as long as S3's. */
export interface DoubleOptions extends Partial<Rules> {
  readonly bucket?: string;
  /** The actions that the policy allows; all unless told. */
  readonly allows?: readonly Action[];
}

/** A call, and what was answered. */
export interface RecordedCall extends CallHead {
  readonly method: string;
  readonly headers: S3Request['headers'];
  /** Undefined as long as nothing was answered. */
  status: number | undefined;
  readonly fault: Fault['kind'] | undefined;
}

export interface S3Double {
  /** `http://host:port` */
  readonly origin: string;
  readonly bucket: string;
  /** What an S3Client is made of. */
  readonly clientConfig: Gateway['clientConfig'];
  /** Every call so far, in the order of arrival; whoever counts may empty it. */
  readonly calls: RecordedCall[];
  /** Has faults happen from now on: the first plan that decides on a call counts. Gives a function that ends the plan. */
  plan(plan: Plan | Decide): () => void;
  /** The keys that are there, in byte order. */
  keys(): readonly string[];
  /** The bytes at a key. */
  bytes(key: string): Buffer | undefined;
  /** The multipart uploads that are open, with the numbers of their parts. */
  uploads(): { readonly key: string; readonly id: string; readonly parts: readonly number[] }[];
  /** Removes an object behind everybody's back. */
  remove(key: string): void;
  /** Ends every connection, and with it every call that waits. */
  close(): Promise<void>;
}

const region = 'us-east-1';
const credentials = { accessKeyId: 'DOUBLE', secretAccessKey: 'the secret of the double' };
const everything = [...new Set(Object.values(operations).flatMap(({ actions }): readonly Action[] => actions))];
const strict: Rules = {
  lacks: [],
  nests: false,
  pageLimit: 1000,
  minPartSize: 5 * 1024 * 1024,
  longestKept: Number.POSITIVE_INFINITY,
  now: Date.now,
};

/** Does something with a double of its own. */
export async function withS3Double<T>(options: DoubleOptions, use: (double: S3Double) => Promise<T>): Promise<T> {
  const double = await startS3Double(options);
  try {
    return await use(double);
  } finally {
    await double.close();
  }
}

/** Starts a double on a free port of the loopback. */
export async function startS3Double({ bucket = 'bucket', allows = everything, ...rules }: DoubleOptions = {}): Promise<S3Double> {
  const store = new Store({ ...strict, ...rules });
  const house: House = { bucket, store, allows, credentials, region };
  const calls: RecordedCall[] = [];
  const decisions = new Set<Decide>();

  /** Records a call, and decides what goes wrong at it. */
  function begin(
    { method, key = '', headers }: S3Request,
    operation: OperationName,
  ): RecordedCall & { readonly planned: Fault | undefined } {
    const planned = firstDecision(decisions, { operation, key });
    const call = { operation, key, method, headers, status: undefined, fault: planned?.kind, planned };
    calls.push(call);
    return call;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let call: ReturnType<typeof begin> | undefined;
    let reply: Reply | undefined;
    try {
      const request = parseRequest(message);
      const name = operationOf(request);
      call = begin(request, name);
      reply = await replyTo(house, message, request, call);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      message.resume();
      const told = tellable(error, allows);
      reply = errorReply(told, told.status, message.url);
    }
    if (reply === undefined || response.destroyed) return;
    if (call !== undefined) call.status = reply.status;
    await send(response, { ...reply, headers: { ...ownHeaders, ...reply.headers } }, call?.planned);
  }

  const server = createServer((message, response) => void serve(message, response));
  server.requestTimeout = 0;
  const { origin, close } = await listen(server);
  return {
    origin,
    bucket,
    clientConfig: { region, endpoint: origin, forcePathStyle: true, credentials },
    calls,
    plan(plan) {
      const decide = typeof plan === 'function' ? plan : decisionOf(plan);
      decisions.add(decide);
      return () => void decisions.delete(decide);
    },
    keys: () => store.keys(),
    bytes(key) {
      const object = store.get(key);
      return object && Buffer.concat(object.content);
    },
    uploads: () => [...store.uploads.values()].map(({ key, id, parts }) => ({ key, id, parts: [...parts.keys()] })),
    remove: (key) => store.delete(key),
    close,
  };
}

/** What S3 says of itself; no client of a client may see it. */
const ownHeaders = { 'x-amz-request-id': 'REQUEST', 'x-amz-id-2': 'HOST', server: 'S3 double' };

/** The reply to a call, with what goes wrong before it is sent; undefined where none will come. */
async function replyTo(
  house: House,
  message: IncomingMessage,
  request: S3Request,
  { operation, planned }: { readonly operation: OperationName; readonly planned: Fault | undefined },
): Promise<Reply | undefined> {
  const raw = await receive(message, planned?.kind === 'reset request' ? planned.after : undefined);
  if (raw === undefined) return undefined;
  const answered = () => answer(house, request, operation, raw);
  switch (planned?.kind) {
    case 'error':
      if (planned.done === true) answered();
      throw new S3Error(planned.code, 'By plan.');
    case 'silence':
      if (planned.done === true) answered();
      return undefined;
    case 'error in 200':
      return errorReply(new S3Error(planned.code, 'By plan.'), 200, message.url);
    case 'twice':
      answered();
      return answered();
    default:
      return answered();
  }
}

function errorReply(error: S3Error, status: number, resource = ''): Reply {
  return { status, body: errorDocument(error, resource) };
}

function firstDecision(decisions: Iterable<Decide>, call: CallHead): Fault | undefined {
  for (const decide of decisions) {
    const fault = decide(call);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
