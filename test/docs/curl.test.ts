/** The commands of curl in the reference, read as a POSIX shell and curl read them. `npm run viewer` has curl itself send them. */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { expect, it } from 'vitest';
import { curlText } from '../../lib/docs/curl.ts';
import type { Sample } from '../../lib/docs/samples.ts';
import { shownSamples } from '../support/shown-samples.ts';

const server = 'https://registry.example:5000';

/** The words that a shell hands to curl. */
function wordsOf(command: string): string[] {
  const shown = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' });
  return shown.split('\0').slice(0, -1);
}

/** The request that curl makes of a command, in the form of a sample; without the headers that it adds by itself. */
function requestOf(command: string): Sample['request'] {
  const { values, positionals } = parseArgs({
    args: wordsOf(command),
    allowPositionals: true,
    options: {
      include: { type: 'boolean', short: 'i' },
      head: { type: 'boolean' },
      request: { type: 'string', short: 'X', default: 'GET' },
      header: { type: 'string', short: 'H', multiple: true, default: [] },
      'data-raw': { type: 'string' },
    },
  });
  const headers = values.header.map((line) => /^([\w-]+): ?(.*)$/s.exec(line)?.slice(1) ?? [line, 'is no header']);
  const body = values['data-raw'];
  expect(positionals).toHaveLength(1);
  expect(positionals[0]?.slice(0, server.length)).toBe(server);
  return {
    method: values.head ? 'HEAD' : values.request,
    target: String(positionals[0]).slice(server.length),
    // An empty value takes a header of curl away.
    headers: Object.fromEntries(headers.filter(([, value]) => value !== '')),
    ...(body !== undefined && { body }),
  };
}

/** A request as curl is told it: the length of a body is what curl counts. */
function asTold({ headers: { 'Content-Length': length, ...headers }, ...request }: Sample['request']): Sample['request'] {
  const isCounted = request.body !== undefined || length === undefined;
  if (request.body !== undefined && length !== undefined) expect(Buffer.byteLength(request.body)).toBe(Number(length));
  return { ...request, headers: isCounted ? headers : { ...headers, 'Content-Length': length } };
}

it.each(shownSamples.map((sample) => [`${sample.request.method} ${sample.request.target}`, sample] as const))(
  'sends %s as it was recorded',
  (_, sample) => {
    expect(requestOf(curlText(sample, server))).toEqual(asTold(sample.request));
  },
);

it('keeps curl from calling a body a form', () => {
  const request = { method: 'PATCH', target: '/v2/', headers: {}, body: 'a=b' };
  expect(wordsOf(curlText({ request, reply: { status: 202, headers: {} } }, server))).toContain('Content-Type:');
});

it.each(["it's", '@file', '$HOME `id` \\ "x"', 'two\nlines\n', '%s', ' '])('quotes %j for the shell', (text) => {
  const request = { method: 'PUT', target: `/v2/?x=${text}&y`, headers: { Accept: `a${text}` }, body: text };
  const parsed = requestOf(curlText({ request, reply: { status: 201, headers: {} } }, server));
  expect(parsed).toEqual(request);
});
