/** The commands of the reference, sent by curl itself. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { curlText } from '../../../lib/docs/curl.ts';
import type { Sample } from '../../../lib/docs/samples.ts';
import type { Sent } from '../../../lib/testing/exchanges/exchange.ts';
import type { Serving } from '../../../lib/testing/wire/play.ts';
import type { Reply } from '../../../lib/testing/wire/send.ts';
import { withServer } from '../../../lib/testing/wire/serve.ts';
import { listen } from '../../support/server.ts';

/** Runs a command in a shell; gives what it printed. */
async function run(command: string): Promise<Buffer> {
  const quiet = command.replace(/^curl /, 'curl --silent --show-error ');
  return (await promisify(execFile)('sh', ['-c', quiet], { encoding: 'buffer' })).stdout;
}

/** The requests that arrive at a server when curl sends these samples; without the headers that curl adds by itself. */
export async function arriving(samples: readonly Sample[]): Promise<Sample['request'][]> {
  const arrived: Sample['request'][] = [];
  await using server = await listen(async (request, response) => {
    const pieces: Buffer[] = await request.toArray();
    const body = Buffer.concat(pieces).toString();
    const { method = '', url: target = '', rawHeaders } = request;
    arrived.push({ method, target, headers: headersOf(rawHeaders), ...(body !== '' && { body }) });
    response.end();
  });
  for (const sample of samples) await run(curlText(sample, server.origin));
  return arrived;
}

function headersOf(raw: readonly string[]): Record<string, string> {
  const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []));
  const isOfCurl = (name: string, value: string) => /^(?:Host|User-Agent)$/.test(name) || (name === 'Accept' && value === '*/*');
  return Object.fromEntries(pairs.filter(([name, value]) => !isOfCurl(name, value)));
}

/** Serves a registry as exchanges are served, and has curl send their requests. */
export const overCurl: Serving = (driver, options, use) =>
  withServer(driver, options, (origin) => use((sent) => sendByCurl(origin, sent)));

async function sendByCurl(origin: string, { method, path, headers = {}, body = '', chunked = false }: Sent): Promise<Reply> {
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(Buffer.byteLength(body)) };
  const announced = ['GET', 'HEAD', 'DELETE'].includes(method) ? {} : length;
  const request = {
    method,
    target: path,
    headers: { ...headers, ...announced },
    ...(body.length > 0 && { body: String(body) }),
  };
  const printed = await run(curlText({ request, reply: { status: 0, headers: {} } }, origin));
  const end = printed.indexOf('\r\n\r\n');
  const [line = '', ...lines] = printed.subarray(0, end).toString('latin1').split('\r\n');
  const pairs = lines.map((each) => /^([^:]+): ?(.*)$/.exec(each)?.slice(1) ?? []);
  return {
    status: Number(line.split(' ')[1]),
    headers: Object.fromEntries(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value])),
    body: printed.subarray(end + 4),
  };
}
