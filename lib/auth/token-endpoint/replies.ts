/** Answers of a token service, and how each door writes them. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer, before it is written: a body of JSON. */
export interface TokenReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json: object;
}

/** A refusal in the JSON of the registry. */
export const refusal = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): TokenReply => ({
  status,
  headers,
  json: { errors: [{ code, message }] },
});

const always = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };

/** Writes an answer to a request of `node:http`; what of the request was not read ends the connection. */
export function writeReply(request: IncomingMessage, response: ServerResponse, { status, headers, json }: TokenReply): void {
  const body = JSON.stringify(json);
  const ending = request.complete ? {} : { Connection: 'close' };
  response.writeHead(status, { ...always, ...headers, ...ending, 'Content-Length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The answer to a `Request` of this method. */
export const responseOf = (method: string, { status, headers, json }: TokenReply): Response =>
  new Response(method === 'HEAD' ? null : JSON.stringify(json), { status, headers: { ...always, ...headers } });
