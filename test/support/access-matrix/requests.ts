/** The requests of the matrix, made from the rows of the table: a new row has its requests without a line here. */
import type { Parameter, Row } from '../../../lib/api/derive.ts';
import type { FormatName } from '../../../lib/api/formats.ts';
import { digest } from '../../../lib/testing/exchanges/given.ts';
import type { Sent } from '../client.ts';
import { type Place, repositories } from './principals.ts';
import { chunk, layer, manifest, named, type Thing } from './world.ts';

/** What a request is about. */
export interface About {
  readonly place: Place;
  readonly thing: Thing;
  /** The repository that a mount takes its blob from; undefined where it names none. */
  readonly source: Place | undefined;
  /** The id of an upload: that of the repository, or of another. */
  readonly upload: string;
}

/** A request of a use case. */
export type MatrixRequest = Pick<Sent, 'method' | 'path'> & { readonly headers: Record<string, string>; readonly body?: string };

/** Whether a use case may name another repository to take a blob from. */
export const hasSource = ({ request }: Row): boolean => request.query !== undefined && 'from' in request.query;

/** The request of a row, with all that it needs and, for a mount, its source. */
export function requestOf(row: Row, about: About): MatrixRequest {
  const { route, method, request } = row;
  const { when } = request;
  const body = bodyOf(row, about);
  const values = (place: Parameter['in']) =>
    row.parameters.flatMap((parameter) => {
      const { name, required } = parameter;
      const isCondition =
        (when && 'query' in when && when.query === name) || (when && 'header' in when && when.header === name) || name === 'from';
      const value = parameter.in === place && (required || isCondition) ? textFor(row, parameter, about, body) : undefined;
      return value === undefined ? [] : [[name, value] as const];
    });
  const path = values('path').reduce<string>((text, [name, value]) => text.replace(`{${name}}`, value), route.path);
  const query = values('query').map(([name, value]) => `${name}=${value}`);
  return {
    method: method.method,
    path: [path, query.join('&')].filter(Boolean).join('?'),
    headers: Object.fromEntries(values('header')),
    ...(body !== undefined && { body }),
  };
}

function bodyOf({ request }: Row, { thing }: About): string | undefined {
  if (request.body === 'manifest') return thing === 'there' ? manifest : manifest.replace(digest(layer), digest('no layer'));
  return request.body === undefined ? undefined : chunk;
}

function textFor(row: Row, { name, format }: Parameter, about: About, body: string | undefined): string | undefined {
  if (name === 'name') return repositories[about.place];
  if (name === 'from') return about.source && repositories[about.source];
  if (name === 'upload') return about.upload;
  if (name === 'digest' && row.route.name !== 'blob' && row.route.name !== 'referrers') return digest(body ?? '');
  if (row.route.name === 'manifest' && format === 'digest' && body !== undefined) return digest(body);
  return valuesOf(about)[format];
}

const valuesOf = ({ thing }: About): { readonly [F in FormatName]?: string } => ({
  tag: named[thing].tag,
  digest: named[thing].manifest,
  blobDigest: named[thing].blob,
  mountedDigest: named[thing].blob,
  chunkRange: `0-${chunk.length - 1}`,
});
