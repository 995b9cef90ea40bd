/** What must be so whatever a client sends: one request, or what looks like one, and everything that may be said against what followed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rowsOf } from '../../../lib/api/derive.ts';
import { type ErrorCode, errors, isRegistryError } from '../../../lib/api/errors.ts';
import { routes } from '../../../lib/api/routes.ts';
import { objectionsTo } from '../../../lib/coverage/judge.ts';
import { clientClosedRequest } from '../../../lib/reply.ts';
import { plainPathOf } from '../../../lib/routing/plain-path.ts';
import { compile, createRouter } from '../../../lib/routing/router.ts';
import { isApi, locate } from '../../../lib/routing/target.ts';
import { type Answer, type Connection, dial } from '../socket.ts';
import type { Heard, Holdings, Registry } from './registry.ts';

/** What is sent, and what is known of the answer. */
export interface Hostile {
  /**
   * The bytes, each as one character. `{repo}`, `{tag}`, `{blob}`, `{manifest}` and `{upload}` stand for what the
   * registry holds.
   */
  readonly bytes: string;
  readonly head?: boolean;
  /** The statuses that it may be answered with; any below 500 if absent. */
  readonly status?: number | readonly number[];
  readonly code?: ErrorCode;
  /** The framing is broken: the HTTP parser of the server may answer in its own way, or hang up. */
  readonly unframed?: boolean;
  /** The client says no more after this, and the answer may be that the connection ends. */
  readonly cutOff?: boolean;
}

/** How long an answer may take, in milliseconds, and how often it may be late before it counts: the machine is busy with other things, too. */
const soon = 50;
const patience = 8;
/** How much longer is waited before each attempt that follows a late answer, in milliseconds. */
const calm = 50;
/** A body that does not come is waited for a little. */
const waiting = 150;
/** After this time it hangs, in milliseconds. */
const hanging = 5_000;

const pinged = '/v2/?still-there';
const ping = `GET ${pinged} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Sends a request on its way to a registry, and gives the answers to it. Throws where it hangs, or the answers are no HTTP. */
export type Way = (registry: Registry, hostile: Hostile) => Promise<Answer[]>;

/** Sends it; says what is wrong with what followed. */
export async function complaintsAbout(registry: Registry, hostile: Hostile, way: Way = overSocket): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const complaints = await attemptOn(registry, hostile, way);
    const late = complaints.every((complaint) => complaint.startsWith('late'));
    if (complaints.length === 0 || !late || attempt === patience) return complaints;
    await sleep(calm * attempt);
  }
}

/** Byte by byte. The answers are those to it and to what is asked next on its connection. */
export const overSocket: Way = async (registry, hostile) => {
  const wire = await dial(registry.port);
  try {
    wire.send(filled(hostile.bytes, registry.holdings()));
    if (hostile.cutOff) wire.socket.end();
    const first = await wire.answer({ ...hostile, milliseconds: hanging });
    if (!first) return [];
    return hostile.cutOff ? [first] : [first, ...(await goOn(wire, first, hostile))];
  } finally {
    wire.socket.destroy();
  }
};

async function attemptOn(registry: Registry, hostile: Hostile, way: Way): Promise<string[]> {
  const { observed, heard, logged } = registry;
  heard.length = 0;
  logged.length = 0;
  const [changes, uploads] = [observed.changes.length, new Map(observed.uploads)];
  const complaints: string[] = [];
  const answers = await way(registry, hostile).catch((error: unknown) => {
    complaints.push(`hangs or talks nonsense: ${error}`);
    return [];
  });
  await Promise.race([Promise.all(heard.map(({ settled }) => settled)), sleep(hanging)]);
  const ours = heard.filter(({ request }) => request.url !== pinged);
  complaints.push(
    ...ours.flatMap((each, index) => wrongWith(each, answers[index], hostile)),
    ...wrongBetween(answers, hostile),
    ...logged
      .filter((details) => !(isAdviceOnMount(details) && ours.some(({ request }) => isBelowMount(request))))
      .map((details) => `logged: ${'err' in details ? details.err : JSON.stringify(details)}`),
    ...wrongChanges(registry, hostile, answers, ours.length, changes, uploads),
  );
  const changed = observed.changes.length > changes || !sameUploads(uploads, observed.uploads);
  if (changed) await registry.restore();
  return complaints;
}

/** Advice to set `mountPath`. It is due, once, where a path of the API follows one that a host may have mounted the registry at. */
const isAdviceOnMount = (details: object): boolean => 'setting' in details && details.setting === 'mountPath';

function isBelowMount(request: Heard['request']): boolean {
  const { path } = locate(request);
  return !isApi(path) && path.includes('/v2/');
}

/** The text with what the registry holds in the places that are kept for it. */
export function filled(bytes: string, { repo, tag, blob, manifest, upload }: Holdings): string {
  const known: Readonly<Record<string, string>> = { repo, tag, blob, manifest, upload };
  return bytes.replaceAll(/\{(repo|tag|blob|manifest|upload)\}/g, (_, name: string) => known[name] ?? '');
}

/** The connection serves the next request, or is closed. */
async function goOn(wire: Connection, first: Answer, { unframed }: Hostile): Promise<Answer[]> {
  if (first.headers.connection === 'close') {
    if (!(await wire.ends(hanging))) throw new Error('it was to be closed, and is not');
    return [];
  }
  wire.send(ping);
  const answers: Answer[] = [];
  for (;;) {
    const next = await wire.answer({ milliseconds: unframed ? 300 : hanging }).catch((error: unknown) => {
      if (unframed) return undefined;
      throw error;
    });
    if (next === undefined) {
      if (unframed) return answers;
      throw new Error('it broke off instead of serving the next request');
    }
    answers.push(next);
    if (!unframed && next.status !== 200) throw new Error(`the next request got ${next.status}`);
    if (next.status === 200 && String(next.body) === '{}') return answers;
  }
}

function wrongBetween(answers: readonly Answer[], hostile: Hostile): string[] {
  const [first] = answers;
  const faults = answers.filter(({ status }) => status >= 500).map(({ status, body }) => `${status} ${body}`);
  if (!first) return hostile.cutOff || hostile.unframed ? faults : [...faults, 'it broke off without an answer'];
  const allowed = [hostile.status ?? []].flat();
  const byParser = (hostile.unframed || hostile.cutOff) && !isOurs(first);
  if (byParser)
    return [
      ...faults,
      ...([400, 413, 417, 431, clientClosedRequest, 505].includes(first.status) ? [] : [`the parser gave ${first.status}`]),
    ];
  const wrongStatus =
    allowed.length > 0 && !allowed.includes(first.status) ? [`${first.status}, not ${allowed}: ${first.body}`] : [];
  const code = hostile.code !== undefined && !hostile.head && first.status >= 400 ? codesOf(first)[0] : hostile.code;
  return [...faults, ...wrongStatus, ...(code === hostile.code ? [] : [`${code}, not ${hostile.code}`])];
}

/** Whether the registry answered, and not the parser of the server before it. */
const isOurs = ({ headers }: Answer): boolean => headers['docker-distribution-api-version'] !== undefined;

function codesOf({ headers, body }: Answer): string[] {
  if (headers['content-type'] !== 'application/json' || body.length === 0) return [];
  const { errors: list } = JSON.parse(String(body)) as { errors: { code: string }[] };
  return list.map(({ code }) => code);
}

const findRoute = compile(routes);
const router = createRouter(rowsOf(routes));

/** What is wrong with the answer to a request that the handler saw: measured and held against the table. */
function wrongWith({ request, milliseconds }: Heard, answer: Answer | undefined, { cutOff, unframed }: Hostile): string[] {
  const taken = milliseconds() ?? Number.POSITIVE_INFINITY;
  const late = taken > (unframed ? soon + waiting : soon) && !cutOff ? [`late: ${Math.round(taken)} ms`] : [];
  const target = locate(request);
  if (!answer || !isApi(target.path)) return late;
  if ((cutOff || unframed) && !isOurs(answer)) return [];
  const { status, headers, body } = answer;
  const head = request.method === 'HEAD';
  const nameless = !head && status >= 400 && !codesOf(answer).every((code) => Object.hasOwn(errors, code));
  if (nameless || (!head && status >= 400 && codesOf(answer).length === 0))
    return [...late, `${status} without a known code: ${body}`];
  const route = findRoute(plainPathOf(target.path) ?? target.path)?.route;
  const row = rowOf(request);
  const seen = { route, row, head, status, headers: asNodeReads(headers), body };
  return [...late, ...objectionsTo(seen).map((objection) => `departs from the table: ${objection}`)];
}

/** Headers that come in several lines were joined; what is here once is as it was. */
const asNodeReads = (headers: Answer['headers']) => headers;

function rowOf(request: Heard['request']) {
  const { path, query } = locate(request);
  const header = (name: string) => request.headers[name.toLowerCase()] as string | undefined;
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) !== 0;
  try {
    return router.match({ method: request.method ?? '', path: plainPathOf(path) ?? path, query, hasBody, header }).row;
  } catch (error) {
    if (isRegistryError(error)) return undefined;
    throw error;
  }
}

const sameUploads = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): boolean =>
  before.size === after.size && [...before].every(([id, offset]) => after.get(id) === offset);

/** A refusal changes nothing. */
function wrongChanges(
  registry: Registry,
  { unframed }: Hostile,
  answers: readonly Answer[],
  heard: number,
  changes: number,
  before: ReadonlyMap<string, number>,
): string[] {
  const { observed } = registry;
  const [first] = answers;
  const content = observed.changes.slice(changes);
  // The parser gave up in the middle of a body: for the registry its connection broke; what came of an upload stays, and what takes no body is done.
  if (first && !isOurs(first)) {
    if (unframed) return [];
    return content
      .filter((change) => !/^(?:no|mount) /.test(change))
      .map((change) => `cut off with ${first.status}, and yet: ${change}`);
  }
  if (heard === 0 && (observed.changes.length > changes || !sameUploads(before, observed.uploads)))
    return ['a change from nowhere'];
  if (heard !== 1 || first === undefined || first.status < 400) return [];
  const stored = content.map((change) => `refused with ${first.status}, and yet: ${change}`);
  // Where the bytes before must be read again to check a digest, the body stays, as the contract says.
  const mayGrow = codesOf(first)[0] === 'DIGEST_INVALID';
  const begun = [...observed.uploads.keys()].filter((id) => !before.has(id)).map((id) => `refused, and yet began upload ${id}`);
  const moved = [...before].filter(
    ([id, offset]) => observed.uploads.get(id) !== offset && !(mayGrow && observed.uploads.has(id)),
  );
  return [...stored, ...begun, ...moved.map(([id]) => `refused, and yet moved upload ${id}`)];
}
