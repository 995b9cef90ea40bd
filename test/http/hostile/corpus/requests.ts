/** Rows of the corpus, and how they are written. */
import type { ErrorCode } from '../../../../lib/api/errors.ts';
import type { Hostile } from '../../../support/hostile/trial.ts';

/** A row: what it is, and what is sent. */
export interface Row extends Hostile {
  readonly name: string;
}

/** What a request has beside its method and target. */
export interface Parts {
  /** Lines, as they are. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Sends the body in chunks, without a length. */
  readonly chunked?: boolean;
}

/** A well-framed request, whatever is in it. */
export function request(method: string, target: string, { headers = [], body, chunked = false }: Parts = {}): string {
  const length = body === undefined ? [] : chunked ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${body.length}`];
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: x', ...headers, ...length, '', ''];
  const framed =
    chunked && body !== undefined ? `${body.length > 0 ? `${body.length.toString(16)}\r\n${body}\r\n` : ''}0\r\n\r\n` : body;
  return lines.join('\r\n') + (framed ?? '');
}

/** A place where a value goes: a method and a target with `*` for the value, and the rest. */
export type Place = readonly [method: string, target: string, parts?: Parts];

/** One row for each value in each place. */
export function across(
  values: readonly string[],
  places: readonly Place[],
  expect: Pick<Row, 'status'> & { code?: ErrorCode },
): Row[] {
  return places.flatMap(([method, target, parts]) =>
    values.map((value) => ({
      name: `${method} ${shown(target.replace('*', () => value))}`,
      bytes: request(
        method,
        target.replace('*', () => value),
        parts,
      ),
      ...(method === 'HEAD' && { head: true }),
      ...expect,
    })),
  );
}

/** A text of one line that is not too long. */
export function shown(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  return escaped.length > 100 ? `${escaped.slice(0, 60)}… (${text.length})` : escaped;
}

export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const zeros = '0'.repeat(64);
