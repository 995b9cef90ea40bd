/**
 * A storage that runs out of space, quota or descriptors at any call of any operation: clients hear 507, or 503 and when to
 * come back; and once there is room again, everything works, without a restart.
 */
import { memfs } from 'memfs';
import { describe, expect, it } from 'vitest';
import { fsDriver } from '../../drivers/fs.ts';
import type { Driver } from '../../lib/index.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { withDigest } from '../support/client.ts';
import { type Call, type Watched, watch } from '../support/drivers/watched-file-system.ts';
import { type Flow, flows, type Ready } from '../support/each-operation.ts';
import { drawFrom, seed, times } from '../support/random.ts';
import { type Answer, ask } from '../support/uploads.ts';

const root = '/registry';

interface Served {
  readonly origin: string;
  readonly watched: Watched;
  close(): Promise<void>;
}

async function serve(): Promise<Served> {
  const disk = memfs().fs.promises;
  await disk.mkdir(root);
  const watched = watch(root, disk);
  const driver: Driver = fsDriver({ root, fs: watched.fs });
  // Without its sweep: a call of that, too, could be the one that fails, and no client would hear of it.
  const { expire: _, ...uploads } = driver.uploads;
  const { url: origin, close } = await startRegistry({ driver: { ...driver, uploads } });
  return { origin, watched, close };
}

const send = (origin: string, { method, path, body }: Ready): Promise<Answer> => ask(origin, method, path, body);

/** Runs a flow whose `turn`th call fails, and with `lasting` every one after it. Undefined if it has fewer calls; else what was wrong. */
async function failAt(served: Served, flow: Flow, turn: number, code: string, lasting: boolean): Promise<string[] | undefined> {
  const { origin, watched } = served;
  const repo = `r${code.toLowerCase()}/${flows.indexOf(flow)}/${turn}${lasting ? '-on' : ''}`;
  const ready = await flow.prepare(origin, repo);
  const before = watched.calls.length;
  let failed: Call | undefined;
  watched.failing((call) => {
    const count = watched.calls.length - 1 - before;
    if (count < turn || (count > turn && !lasting)) return undefined;
    failed ??= call;
    return code;
  });
  const answer = await send(origin, ready).catch((error: unknown) => `${error}`);
  watched.failing(() => undefined);
  if (failed === undefined) return undefined;
  const complaints = [
    ...wrongAnswer(flow, failed, answer, code),
    ...(await (isDone(flow, answer) ? wrongOnceMore(origin, flow, ready) : wrongAfter(served, flow, ready, `${repo}/again`))),
  ];
  return complaints.map(
    (complaint) => `${code} at call ${turn}${lasting ? ' and after' : ''}, ${failed?.name} ${failed?.key}: ${complaint}`,
  );
}

const isDone = (flow: Flow, answer: Answer | string): boolean => typeof answer !== 'string' && answer.status === flow.status;

/** What an operation can do without: what it does not give back now is given back later. */
const spared = new Set(['close', 'unlink', 'rm', 'rmdir', 'utimes', 'truncate']);

function wrongAnswer(flow: Flow, failed: Call, answer: Answer | string, code: string): string[] {
  if (typeof answer === 'string')
    return failed.name === 'read' && flow.name === 'the pull of a large blob' ? [] : [`no answer: ${answer}`];
  const { status, body } = answer;
  const retryAfter = answer.headers['retry-after'];
  // A lock or an upload whose work is done is given back by renaming it.
  const putAway = failed.name === 'rename' && /^(?:locks|uploads)\//.test(failed.key);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  // The record of an instance does without its bytes on a full disk, and a heartbeat completes it.
  const unwritten = full && failed.name.startsWith('write') && failed.key.startsWith('instances/');
  const isSpared = putAway || unwritten || spared.has(failed.name);
  if (status === flow.status) return isSpared ? [] : [`${status}, as if nothing had happened`];
  if (status !== (full ? 507 : 503)) return [`${status} ${body}`];
  if (!full && !(Number(retryAfter) > 0)) return [`a 503 that says not when to come back: ${retryAfter}`];
  const bodiless = body.length === 0;
  return bodiless || answer.code === (full ? 'UNKNOWN' : 'UNAVAILABLE') ? [] : [`${status} ${body}`];
}

/** It was done although something failed: asked again it is done, or there is nothing left to do; nothing is held for ever. */
async function wrongOnceMore(origin: string, flow: Flow, ready: Ready): Promise<string[]> {
  const { status, body } = await send(origin, ready);
  const fine = status === flow.status || (flow.once && [404, 416].includes(status));
  return fine ? [] : [`${status} ${body} after it was done`];
}

/** The same works now; or, where it ends something, it may have done so, and a new one works. */
async function wrongAfter({ origin, watched }: Served, flow: Flow, ready: Ready, repo: string): Promise<string[]> {
  const again = await send(origin, ready);
  const open = watched.open() > 0 ? [`${watched.open()} files stay open`] : [];
  const strayed = watched.strayed.map((path) => `asked for ${path}`);
  if (again.status === flow.status) return [...open, ...strayed];
  // The bytes were taken before it failed: all that is left to do is to end the upload where it stands.
  if (flow.once && again.status === 416 && ready.method === 'PUT') {
    const digest = /digest=(.*)$/.exec(ready.path)?.[1] ?? '';
    const ended = await ask(origin, 'PUT', withDigest(again.location, digest));
    return [...open, ...strayed, ...(ended.status === flow.status ? [] : [`${ended.status} ${ended.body} when ended`])];
  }
  if (!flow.once || again.status !== 404) return [...open, ...strayed, `${again.status} ${again.body} when asked again`];
  const anew = await send(origin, await flow.prepare(origin, repo));
  return [...open, ...strayed, ...(anew.status === flow.status ? [] : [`${anew.status} ${anew.body} when begun anew`])];
}

/** Each call of each operation, or one in a few of them, by chance. */
const all = times > 1;

describe.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])(`%s with STOWAGE_SEED=${seed}`, (code) => {
  for (const flow of flows) {
    it(`at any call of ${flow.name} is told, and gone when it is over`, { timeout: 60_000 }, async () => {
      const found: string[] = [];
      const random = drawFrom(seed, code, flow.name);
      let turn = 0;
      for (let more = true; more; turn += all ? 1 : random.between(1, 14)) {
        for (const lasting of [false, true]) {
          // A storage of its own: what a catalog has to read grows with what is there.
          const served = await serve();
          const complaints = await failAt(served, flow, turn, code, lasting).finally(served.close);
          found.push(...(complaints ?? []));
          more = complaints !== undefined && turn < 200;
        }
      }
      expect(turn, 'calls').toBeGreaterThan(0);
      expect(found).toEqual([]);
    });
  }
});
