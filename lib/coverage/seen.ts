/** Finds the row of the table that a recorded request belongs to. */
import { rowsOf } from '../api/derive.ts';
import { isRegistryError } from '../api/errors.ts';
import { routes } from '../api/routes.ts';
import { plainPathOf } from '../routing/plain-path.ts';
import { compile, createRouter } from '../routing/router.ts';
import type { Seen } from './judge.ts';

/** A request and its reply, as a client, a proxy or a test recorded them. */
export interface Recorded {
  readonly request: {
    /** In upper case. */
    readonly method: string;
    /** The path from `/v2` on and the query, encoded as they were sent. */
    readonly target: string;
    /** Names in any case. */
    readonly headers?: Readonly<Record<string, string>>;
    /** False only if the request announced that it has no body: by `Content-Length: 0`, or by no length and no coding at all. */
    readonly hasBody: boolean;
  };
  readonly reply: {
    readonly status: number;
    /** Names in lower case, as `node:http` gives them. */
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly body: Uint8Array;
  };
}

const findRoute = compile(routes);
const router = createRouter(rowsOf(routes));

/** The reply, with the row of the table that its request belongs to. */
export function seenAs({ request: { method, target, headers = {}, hasBody }, reply }: Recorded): Seen {
  const [sent = '', query = ''] = target.split('?');
  const path = plainPathOf(sent) ?? sent;
  const header = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const { status, headers: replied, body } = reply;
  const base = { head: method === 'HEAD', status, headers: replied, body, route: findRoute(path)?.route };
  try {
    return { ...base, row: router.match({ method, path, query, hasBody, header }).row };
  } catch (error) {
    if (isRegistryError(error)) return base;
    throw error;
  }
}
