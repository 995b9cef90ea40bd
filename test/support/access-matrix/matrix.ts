/** Every use case of the table × those who ask × repositories × sources of mounts: what each is answered, held against the model. */
import { Agent } from 'node:http';
import { type Row, rowsOf } from '../../../lib/api/derive.ts';
import { routes } from '../../../lib/api/routes.ts';
import type { anyOf, basic, bearer } from '../../../lib/auth/index.ts';
import type { createRegistryHandler, RegistryHandler } from '../../../lib/index.ts';
import { type Reply, send } from '../client.ts';
import { listen } from '../server.ts';
import { type Cell, catalogOf, isGranted, mayTouch, statusOf } from './model.ts';
import { authorizeOf, type Place, type Principal, placeOf, principals, repositories } from './principals.ts';
import { hasSource, type MatrixRequest, requestOf } from './requests.ts';
import { createWorld, type DriverCall, type Thing } from './world.ts';

/** The library under test, as it is in the tree or as it is built. */
export interface Library {
  readonly createRegistryHandler: typeof createRegistryHandler;
  readonly auth: { readonly anyOf: typeof anyOf; readonly basic: typeof basic; readonly bearer: typeof bearer };
}

/** What was played. */
export interface Outcome {
  readonly cells: number;
  /** How many of them are served, and how many refused. */
  readonly served: number;
  readonly requests: number;
  readonly driverCalls: number;
  /** What is wrong, and where: one entry for each cell that is not as computed. */
  readonly wrong: readonly string[];
}

/** Which cells, through which door. */
export interface Play {
  readonly door: 'node' | 'fetch';
  /** Plays the cells of these rows alone. */
  readonly only?: (row: Row) => boolean;
  /** Ends with so many cells that are wrong. */
  readonly mostWrong?: number;
}

const places = Object.keys(repositories) as Place[];
const sources: readonly (Place | undefined)[] = [undefined, 'own', 'other', 'missing'];

/** All cells of a row. What names no repository is asked for once. */
function cellsOf(row: Row): Cell[] {
  const isInRepository = row.route.path.includes('{name}');
  return principals.flatMap((principal) =>
    (isInRepository ? places : places.slice(0, 1)).flatMap((place) =>
      (hasSource(row) ? sources : [undefined]).map((source) => ({
        operation: row.operation,
        use: row.request.use,
        principal,
        place,
        source,
      })),
    ),
  );
}

/** Plays the matrix. */
export async function playMatrix(
  { createRegistryHandler, auth }: Library,
  { door, only = () => true, mostWrong = Number.POSITIVE_INFINITY }: Play,
): Promise<Outcome> {
  const world = await createWorld();
  const handler = createRegistryHandler(world.driver, { authorize: authorizeOf(auth), uploadExpiry: false });
  await using way = door === 'node' ? await throughSockets(handler) : throughFetch(handler);
  const outcome = { cells: 0, served: 0, requests: 0, driverCalls: 0, wrong: [] as string[] };
  /** The reply to those who have no right, by use case and principal: it is one, wherever they ask. */
  const refusals = new Map<string, string>();

  for (const row of rowsOf(routes).filter(only)) {
    for (const method of row.method.method === 'GET' ? ['GET', 'HEAD'] : [row.method.method]) {
      for (const cell of cellsOf(row)) {
        const complaints: string[] = [];
        for (const thing of ['there', 'absent'] as const) {
          world.restore();
          const upload = world.uploads.get(thing === 'there' ? cell.place : cell.place === 'other' ? 'own' : 'other');
          const request = { ...requestOf(row, { ...cell, thing, upload: upload ?? noUpload }), method };
          const reply = await way.ask(request, cell.principal);
          outcome.requests += 1;
          outcome.driverCalls += world.calls.length;
          complaints.push(...wrongWith(cell, thing, method, reply, world.calls));
          if (!isGranted(cell)) {
            const shown = shownOf(reply, cell);
            const place = `${row.name} ${method} ${cell.principal.name}`;
            const first = refusals.get(place) ?? shown;
            refusals.set(place, first);
            if (shown !== first) complaints.push(`the refusal differs: ${shown}, and elsewhere ${first}`);
          }
        }
        outcome.cells += 1;
        if (isGranted(cell)) outcome.served += 1;
        if (complaints.length > 0) outcome.wrong.push(`${titleOf(row, method, cell)}: ${complaints.join('; ')}`);
        if (outcome.wrong.length >= mostWrong) return outcome;
      }
    }
  }
  return outcome;
}

/** The id of an upload that is nowhere. */
const noUpload = '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e';

const titleOf = (row: Row, method: string, { principal, place, source }: Cell): string =>
  `${row.name} (${method}), ${principal.name}, in ${place}${source ? ` from ${source}` : ''}`;

function wrongWith(cell: Cell, thing: Thing, method: string, reply: Reply, calls: readonly DriverCall[]): string[] {
  const status = statusOf(cell, thing);
  const complaints: string[] = [];
  if (reply.status !== status) complaints.push(`${reply.status} where ${status} is right, of what is ${thing}`);
  if (!isGranted(cell)) {
    if (calls.length > 0) complaints.push(`the driver was asked: ${calls.map(({ method }) => method).join()}`);
    if (status === 401 && reply.headers['www-authenticate'] === undefined) complaints.push('401 without a challenge');
    return complaints;
  }
  const strange = calls.filter((call) => !isRight(call, cell.principal));
  if (strange.length > 0) complaints.push(`the driver was asked for what is not granted: ${JSON.stringify(strange)}`);
  if (cell.operation === 'listRepositories' && method === 'GET') {
    const { repositories: shown } = JSON.parse(reply.body.toString());
    if (`${shown}` !== `${[...catalogOf(cell.principal)].sort()}`) complaints.push(`the catalog shows ${shown}`);
  }
  return complaints;
}

/** Whether a call of the driver is about what the client has a right to, and nothing else. */
function isRight({ method, args: [first, , third] }: DriverCall, principal: Principal): boolean {
  if (method === 'repositories') return principal.catalog;
  return mayTouch(principal, placeOf(String(first))) && (method !== 'mount' || mayTouch(principal, placeOf(String(third))));
}

/** All that a client sees of a reply, less the name that it gave itself and the time. */
function shownOf({ status, headers: { date: _, 'x-request-id': __, ...headers }, body }: Reply, { place }: Cell): string {
  return JSON.stringify([status, headers, body.toString('latin1')])
    .replaceAll(`:${repositories[place]}:`, ':{name}:')
    .replaceAll(/\b(?:latest|absent)\b/g, '{tag}');
}

/** A way to ask the registry. */
interface Way extends AsyncDisposable {
  ask(request: MatrixRequest, principal: Principal): Promise<Reply>;
}

const headersOf = ({ headers }: MatrixRequest, { authorization }: Principal): Record<string, string> => ({
  ...headers,
  ...(authorization !== undefined && { Authorization: authorization }),
});

async function throughSockets(handler: RegistryHandler): Promise<Way> {
  const server = await listen(handler);
  const agent = new Agent({ keepAlive: true });
  return {
    ask: (request, principal) => send(server.origin, { ...request, headers: headersOf(request, principal), agent }),
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await server.close();
    },
  };
}

function throughFetch(handler: RegistryHandler): Way {
  return {
    ask: async (request, principal) => {
      const { method, path, body } = request;
      const headers = headersOf(request, principal);
      const init = { method, headers, ...(body !== undefined && { body }) };
      const reply = await handler.fetch(new Request(`http://registry${path}`, init));
      return {
        status: reply.status,
        headers: Object.fromEntries(reply.headers),
        body: Buffer.from(await reply.arrayBuffer()),
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
