/** What the exchanges show, recorded while they are played: a sample for each reply that the table has. */
import { memoryDriver } from '../../drivers/memory.ts';
import { type ErrorCode, errors } from '../../lib/api/errors.ts';
import { formats } from '../../lib/api/formats.ts';
import { responseHeaders } from '../../lib/api/parameters.ts';
import { type Seen, successSeen } from '../../lib/coverage/judge.ts';
import type { Flow, Sample, Samples } from '../../lib/docs/samples.ts';
import type { Sent } from '../../lib/testing/exchanges/exchange.ts';
import { exchanges } from '../../lib/testing/exchanges/index.ts';
import { walkthrough } from '../../lib/testing/exchanges/walkthrough.ts';
import { play } from '../../lib/testing/wire/play.ts';

/** A sample longer than this many characters is left to another exchange. */
const longest = 1500;

/** Plays every exchange once, in memory, and gives what a reader of the documents should see of it. */
export async function recordSamples(): Promise<Samples> {
  const successes = new Map<string, Sample>();
  const failures = new Map<ErrorCode, Sample>();
  for (const exchange of Object.values(exchanges).flat()) {
    await play(exchange, memoryDriver(), (seen, sent) => {
      const sample = sampleOf(sent, seen);
      if (sample === undefined || seen.head) return;
      const success = successSeen(seen);
      // Redirections to the plain path follow from the path, and are alike in all rows.
      const isOwn = seen.row?.request.successes.some(({ status }) => status === seen.status);
      if (success && isOwn) keep(successes, success.name, sample);
      const code = codeIn(sample);
      if (code !== undefined) keep(failures, code, sample);
    });
  }
  return {
    successes: Object.fromEntries([...successes].sort(([one], [other]) => (one < other ? -1 : 1))),
    errors: Object.fromEntries([...failures].sort(([one], [other]) => (one < other ? -1 : 1))),
    flows: await recordFlows(),
  };
}

async function recordFlows(): Promise<Flow[]> {
  const flows: Flow[] = [];
  for (const walk of walkthrough) {
    const steps: Sample[] = [];
    await play(walk, memoryDriver(), (seen, sent) => {
      const sample = sampleOf(sent, seen);
      if (sample === undefined) throw new Error(`'${walk.name}' is too long to be shown`);
      steps.push(sample);
    });
    flows.push({ title: walk.name, steps: steps.slice(walk.prepared) });
  }
  return flows;
}

function keep<K>(samples: Map<K, Sample>, key: K, sample: Sample): void {
  if (!samples.has(key)) samples.set(key, sample);
}

/** The exchange as it is shown; undefined where it is too long, or not text. */
function sampleOf({ method, path, headers = {}, body = '', chunked = false }: Sent, seen: Seen): Sample | undefined {
  const [sentBody, replied] = [body, seen.body].map((content) => Buffer.from(content).toString('latin1'));
  const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(Buffer.byteLength(body)) };
  const announced = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : length;
  const sample: Sample = {
    ...(seen.row && { of: seen.row.name }),
    request: { method, target: path, headers: { ...headers, ...announced }, ...bodyOf(sentBody) },
    reply: { status: seen.status, headers: shownHeaders(seen.headers), ...bodyOf(replied) },
  };
  const text = JSON.stringify(sample);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what tells text from other bytes
  const isText = ![sentBody, replied].some((content) => /[\x00-\x08\x0e-\x1f\x7f-\xff]/.test(content ?? ''));
  if (text.length > longest || !isText) return undefined;
  return JSON.parse(text.replaceAll(uuids, formats.uploadId.example)) as Sample;
}

const bodyOf = (body: string | undefined) => (body === undefined || body === '' ? {} : { body });
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The headers that the registry gives to this reply, in its own spelling; not those that every reply has. */
function shownHeaders(headers: Seen['headers']): Record<string, string> {
  const names = ['Content-Type', 'Content-Length', ...Object.keys(responseHeaders)];
  const always = new Set(Object.entries(responseHeaders).flatMap(([name, header]) => ('always' in header ? [name] : [])));
  return Object.fromEntries(
    [...new Set(names)].flatMap((name) => {
      const value = headers[name.toLowerCase()];
      return value === undefined || always.has(name) ? [] : [[name, [value].flat().join(', ')]];
    }),
  );
}

function codeIn({ reply: { body, status } }: Sample): ErrorCode | undefined {
  if (status < 400 || body === undefined) return undefined;
  const { errors: entries } = JSON.parse(body) as { errors: { code: string }[] };
  return (Object.keys(errors) as ErrorCode[]).find((code) => code === entries[0]?.code);
}
