/** Exchanges as the coverage of the table takes them. */
import type { Recorded } from '../../coverage/seen.ts';
import type { Sent } from '../exchanges/exchange.ts';
import type { Reply } from './send.ts';

/** What was sent and what came back. */
export function recordedAs({ method, path, headers, body = '', chunked = false }: Sent, reply: Reply): Recorded {
  const hasBody = chunked || Buffer.byteLength(body) > 0;
  return { request: { method, target: path, ...(headers && { headers }), hasBody }, reply };
}
