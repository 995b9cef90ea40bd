/** Bodies in aws-chunked: chunks with their length in hex, then the trailers that the head announced. */
import { S3Error } from './errors.ts';

/** S3 takes chunks shorter than this only at the end. */
const shortest = 8192;

/** The content of a chunked body, and its trailers. */
export interface Unwrapped {
  readonly bytes: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

/** Unwraps a body; one that is cut short, or is not as its head says, is refused. */
export function unwrapChunks(raw: Buffer, headers: ReadonlyMap<string, string>): Unwrapped {
  const announced = headers.get('x-amz-decoded-content-length');
  if (announced === undefined || !/^\d+$/.test(announced)) {
    throw new S3Error('MissingContentLength', 'You must provide the x-amz-decoded-content-length HTTP header.');
  }
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const head = lineAt(raw, at);
    if (!/^[\da-f]+$/i.test(head)) incomplete();
    const length = Number.parseInt(head, 16);
    at += head.length + 2;
    if (length === 0) break;
    const end = at + length;
    if (raw.subarray(end, end + 2).toString('latin1') !== '\r\n') incomplete();
    chunks.push(raw.subarray(at, end));
    at = end + 2;
  }
  if (chunks.slice(0, -1).some(({ length }) => length < shortest)) {
    throw new S3Error('InvalidChunkSizeError', 'Only the last chunk is allowed to have a size less than 8192 bytes');
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== Number(announced)) incomplete();
  return { bytes, trailers: trailersAt(raw, at, headers.get('x-amz-trailer')) };
}

function trailersAt(raw: Buffer, start: number, announced: string | undefined): ReadonlyMap<string, string> {
  const trailers = new Map<string, string>();
  let at = start;
  for (let line = lineAt(raw, at); line !== ''; line = lineAt(raw, at)) {
    const [name = '', value = ''] = line.split(/:(.*)/s).map((text) => text.trim());
    trailers.set(name.toLowerCase(), value);
    at += line.length + 2;
  }
  const expected = announced === undefined ? [] : announced.split(',').map((name) => name.trim().toLowerCase());
  const different = expected.length !== trailers.size || expected.some((name) => !trailers.has(name));
  if (different || at + 2 !== raw.length) {
    throw new S3Error(
      'MalformedTrailerError',
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    );
  }
  return trailers;
}

/** The line that begins at an offset, without its end. */
function lineAt(raw: Buffer, at: number): string {
  const end = raw.indexOf('\r\n', at, 'latin1');
  return end === -1 ? incomplete() : raw.subarray(at, end).toString('latin1');
}

function incomplete(): never {
  throw new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
}
