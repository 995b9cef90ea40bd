/** Contention in random schedules: several requests to one upload at once, what each may be answered, and what must hold afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, withDigest } from './client.ts';
import { contentOf, type Random } from './random.ts';
import { type Answer, ask } from './uploads.ts';

const withoutQuery = (location: string): string => location.replace(/\?.*/, '');

/** One of the requests that are sent at once, and what came back. */
interface Act {
  readonly kind: 'append' | 'close with the rest' | 'close' | 'cancel' | 'look';
  /** Where it says that its body belongs. */
  readonly from: number;
  readonly bytes: number;
  readonly answer: Answer;
}

const allowed: Readonly<Record<Act['kind'], readonly number[]>> = {
  append: [202, 404, 416],
  'close with the rest': [201, 400, 404, 416],
  close: [201, 400, 404, 416],
  cancel: [204, 404],
  look: [204, 404],
};

/**
 * One upload of content that nobody else pushes, several requests to it at once, each to any of the registries, which
 * share their store. Says what was wrong with their answers or with what they left.
 */
export async function contend(origins: readonly string[], name: string, random: Random): Promise<string[]> {
  const origin = (): string => origins[random.between(0, origins.length - 1)] ?? '';
  const content = contentOf(name, random.between(2, random.chance(0.2) ? 300_000 : 3_000));
  const digest = digestOf(content);
  const begun = await ask(origin(), 'POST', '/v2/contended/blobs/uploads/');
  const start = random.between(0, content.length - 1);
  const first = start > 0 ? await ask(origin(), 'PATCH', begun.location, content.subarray(0, start)) : begun;
  if (first.status !== 202) return [`the upload could not begin: ${first.status}`];

  const plans = Array.from({ length: random.between(2, 5) }, () => planned(random));
  const acts = await Promise.all(
    plans.map(({ act, delay }) => sleep(delay).then(() => act(origin(), first.location, content, start, digest))),
  );
  return [...acts.flatMap(wrongAnswer), ...wrongTogether(acts), ...(await wrongAfter(origin(), acts, first.location, content))];
}

type Doing = (origin: string, location: string, content: Buffer, start: number, digest: string) => Promise<Act>;

function planned(random: Random): { readonly act: Doing; readonly delay: number } {
  const pace = { pieces: random.between(1, 4), pause: random.chance(0.5) ? random.between(0, 3) : 0 };
  const part = random.between(1, 100) / 100;
  const kinds: readonly Act['kind'][] = [
    'append',
    'append',
    'append',
    'close with the rest',
    'close with the rest',
    'close',
    'cancel',
    'look',
  ];
  const kind = kinds[random.between(0, kinds.length - 1)] ?? 'look';
  const act: Doing = async (origin, location, content, from, digest) => {
    const rest = content.subarray(from);
    const sent =
      kind === 'append'
        ? rest.subarray(0, Math.max(1, Math.ceil(rest.length * part)))
        : kind === 'close with the rest'
          ? rest
          : undefined;
    const method = { append: 'PATCH', 'close with the rest': 'PUT', close: 'PUT', cancel: 'DELETE', look: 'GET' }[kind];
    const path = method === 'PUT' ? withDigest(location, digest) : location;
    return { kind, from, bytes: sent?.length ?? 0, answer: await ask(origin, method, path, sent, pace) };
  };
  return { act, delay: random.between(0, 6) };
}

function wrongAnswer({ kind, from, bytes, answer }: Act): string[] {
  const { status, code, offset } = answer;
  if (!allowed[kind].includes(status)) return [`${kind}: ${status} ${code}`];
  // The end was sent while not everything was there.
  if (status === 400) return kind === 'close' && code === 'DIGEST_INVALID' ? [] : [`${kind}: 400 ${code}`];
  if (status === 416)
    return code === 'BLOB_UPLOAD_INVALID' && Number.isInteger(offset) ? [] : [`${kind}: 416 ${code} without a place to go on`];
  if (status === 404) return code === 'BLOB_UPLOAD_UNKNOWN' ? [] : [`${kind}: 404 ${code}`];
  return kind === 'append' && offset !== from + bytes ? [`an append of ${bytes} bytes at ${from} ended at ${offset}`] : [];
}

function wrongTogether(acts: readonly Act[]): string[] {
  // Of ends, several may say that it is published; that no byte of a second one was taken shows in what is pulled.
  const winners = acts.filter(({ kind, answer }) => kind === 'append' && answer.status < 300);
  const cancelled = acts.filter(({ kind, answer }) => kind === 'cancel' && answer.status === 204).length;
  const closed = acts.filter(({ answer }) => answer.status === 201).length;
  return [
    ...(winners.length > 1 ? [`${winners.length} bodies were taken at one offset`] : []),
    ...(cancelled > 1 ? ['it was cancelled twice'] : []),
    ...(cancelled > 0 && closed > 0 ? ['it was cancelled and published'] : []),
  ];
}

/** The upload goes on from where it stands, or it ended for a reason; what was published has its digest. */
async function wrongAfter(origin: string, acts: readonly Act[], location: string, content: Buffer): Promise<string[]> {
  const blob = `/v2/contended/blobs/${digestOf(content)}`;
  const closed = acts.some(({ answer }) => answer.status === 201);
  const ended = closed || acts.some(({ kind, answer }) => kind === 'cancel' && answer.status === 204);
  const status = await ask(origin, 'GET', withoutQuery(location));
  if (status.status === 404 && !ended) return ['it is gone, and nobody ended it'];
  if (status.status === 204 && ended) return ['it was ended, and is still there'];
  if (status.status === 204) {
    const rest = content.subarray(status.offset);
    const finished = await ask(origin, 'PUT', withDigest(status.location, digestOf(content)), rest);
    if (finished.status !== 201)
      return [`it stands at ${status.offset} of ${content.length}, and its rest gets ${finished.status} ${finished.code}`];
  } else if (status.status !== 404) return [`its status is ${status.status}`];
  const pulled = await ask(origin, 'GET', blob);
  if (!closed && status.status === 404) return pulled.status === 404 ? [] : [`cancelled, and yet pulled with ${pulled.status}`];
  if (pulled.status !== 200) return [`published, and pulled with ${pulled.status}`];
  return pulled.body.equals(content) ? [] : ['what is published is not what was pushed'];
}
