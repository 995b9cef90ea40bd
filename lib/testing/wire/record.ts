/** Turns a request and its reply into a record for the coverage of the table. */
import type { Recorded } from '../../coverage/seen.ts';
import type { Sent } from '../exchanges/exchange.ts';
import type { Reply } from './send.ts';

/** The record of a request and its reply. */
export function record({ method, path, headers, body = '', chunked = false }: Sent, reply: Reply): Recorded {
  const hasBody = chunked || Buffer.byteLength(body) > 0;
  return { request: { method, target: path, ...(headers && { headers }), hasBody }, reply };
}
