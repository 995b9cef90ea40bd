/** The listings of a bucket: pages of keys and of open uploads, folded at a delimiter. */
import type { Call, Reply } from './call.ts';
import { S3Error } from './errors.ts';
import { encode, numberParameter, type S3Request } from './request.ts';
import { inByteOrder, sizeOf } from './store.ts';
import { element, xmlDocument } from './xml.ts';

/** One page: things and common prefixes, counted together. */
interface Page<T> {
  readonly things: readonly T[];
  readonly prefixes: readonly string[];
  /** Where the next page goes on: after the last thing, or past all that begins with a common prefix. */
  readonly next: { readonly after: T } | { readonly past: string } | undefined;
}

/** Folds sorted things into a page of at most `limit` entries. */
function fold<T>(things: readonly T[], keyOf: (thing: T) => string, { prefix, delimiter, limit }: Folding): Page<T> {
  const taken: T[] = [];
  const prefixes: string[] = [];
  let next: Page<T>['next'];
  for (const thing of things) {
    const key = keyOf(thing);
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = end === -1 ? undefined : key.slice(0, end + delimiter.length);
    if (common !== undefined && common === prefixes.at(-1)) continue;
    if (taken.length + prefixes.length === limit) return { things: taken, prefixes, next: limit === 0 ? undefined : next };
    if (common === undefined) taken.push(thing);
    else prefixes.push(common);
    next = common === undefined ? { after: thing } : { past: common };
  }
  return { things: taken, prefixes, next: undefined };
}

interface Folding {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
}

function isAfter(key: string, marker: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0;
}

/** How names are written: as they are, or percent-encoded but for slashes. */
function writerOf({ query }: S3Request): (name: string, text: string) => string {
  const type = query.get('encoding-type');
  if (type !== undefined && type !== 'url') throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  const written = (text: string) => (type === 'url' ? text.split('/').map(encode).join('/') : text);
  return (name, text) => element(name, written(text));
}

export function listObjectsV2({ request, store, bucket }: Call): Reply {
  const { query } = request;
  const name = writerOf(request);
  const [prefix, delimiter, startAfter] = ['prefix', 'delimiter', 'start-after'].map((parameter) => query.get(parameter) ?? '');
  const token = query.get('continuation-token');
  const start = token === undefined ? { after: startAfter ?? '' } : startOf(token);
  const most = Math.min(numberParameter(request, 'max-keys', 1000), 1000);
  const unordered = store.rules.lacks.includes('listing order');
  const keys = store.keys().filter((key) => key.startsWith(prefix ?? ''));
  const isLeft = (key: string) =>
    'past' in start ? isAfter(key, start.past) && !key.startsWith(start.past) : isAfter(key, start.after);
  const left =
    unordered && 'after' in start && token !== undefined ? keys.slice(keys.indexOf(start.after) + 1) : keys.filter(isLeft);
  const limit = Math.min(most, store.rules.pageLimit);
  const { things, prefixes, next } = fold(left, (key) => key, { prefix: prefix ?? '', delimiter: delimiter ?? '', limit });
  const contents = things.flatMap((key) => {
    const object = store.get(key);
    if (object === undefined) return [];
    const { modified, etag, content } = object;
    return element('Contents', [
      name('Key', key),
      element('LastModified', modified.toISOString()),
      element('ETag', `"${etag}"`),
      element('Size', sizeOf(content)),
      element('StorageClass', 'STANDARD'),
    ]);
  });
  return {
    status: 200,
    body: xmlDocument('ListBucketResult', [
      element('Name', bucket),
      name('Prefix', prefix ?? ''),
      ...given(query, 'delimiter', (text) => name('Delimiter', text)),
      ...given(query, 'start-after', (text) => name('StartAfter', text)),
      ...given(query, 'continuation-token', (text) => element('ContinuationToken', text)),
      ...given(query, 'encoding-type', (text) => element('EncodingType', text)),
      ...(next === undefined ? [] : [element('NextContinuationToken', tokenOf(next))]),
      element('KeyCount', things.length + prefixes.length),
      element('MaxKeys', most),
      element('IsTruncated', next !== undefined),
      ...contents,
      ...prefixes.map((common) => element('CommonPrefixes', [name('Prefix', common)])),
    ]),
  };
}

function given(query: ReadonlyMap<string, string>, parameter: string, write: (text: string) => string): string[] {
  const text = query.get(parameter);
  return text === undefined ? [] : [write(text)];
}

/** Where a page begins. */
type Start = { readonly after: string } | { readonly past: string };

/** Tokens mean nothing to a client: neither a key nor anything made of one by itself is taken. */
function tokenOf(start: Start): string {
  return Buffer.from(JSON.stringify(['token', start])).toString('base64');
}

function startOf(token: string): Start {
  try {
    const [word, start] = JSON.parse(Buffer.from(token, 'base64').toString());
    if (word === 'token') return start;
  } catch {
    // Not of ours: told below.
  }
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
}

export function listMultipartUploads({ request, store, bucket }: Call): Reply {
  const { query } = request;
  const name = writerOf(request);
  const [prefix, delimiter, keyMarker, idMarker] = ['prefix', 'delimiter', 'key-marker', 'upload-id-marker'].map(
    (parameter) => query.get(parameter) ?? '',
  );
  const most = Math.min(numberParameter(request, 'max-uploads', 1000), 1000);
  const all = inByteOrder([...store.uploads.values()], ({ key, id }) => `${key}\0${id}`);
  const marker = keyMarker ?? '';
  const left = all.filter(({ key, id }) => {
    if (!key.startsWith(prefix ?? '')) return false;
    if (marker !== '' && delimiter !== '' && marker.endsWith(delimiter ?? '') && key.startsWith(marker)) return false;
    return isAfter(key, marker) || (key === marker && idMarker !== '' && id > (idMarker ?? ''));
  });
  const limit = Math.min(most, store.rules.pageLimit);
  const folding = { prefix: prefix ?? '', delimiter: delimiter ?? '', limit };
  const { things, prefixes, next } = fold(left, ({ key }) => key, folding);
  const nextMarkers =
    next === undefined
      ? []
      : 'past' in next
        ? [name('NextKeyMarker', next.past), element('NextUploadIdMarker', '')]
        : [name('NextKeyMarker', next.after.key), element('NextUploadIdMarker', next.after.id)];
  return {
    status: 200,
    body: xmlDocument('ListMultipartUploadsResult', [
      element('Bucket', bucket),
      name('KeyMarker', marker),
      element('UploadIdMarker', idMarker ?? ''),
      ...nextMarkers,
      name('Prefix', prefix ?? ''),
      ...given(query, 'delimiter', (text) => name('Delimiter', text)),
      ...given(query, 'encoding-type', (text) => element('EncodingType', text)),
      element('MaxUploads', most),
      element('IsTruncated', next !== undefined),
      ...things.map(({ key, id, initiated }) =>
        element('Upload', [
          name('Key', key),
          element('UploadId', id),
          element('StorageClass', 'STANDARD'),
          element('Initiated', initiated.toISOString()),
        ]),
      ),
      ...prefixes.map((common) => element('CommonPrefixes', [name('Prefix', common)])),
    ]),
  };
}
