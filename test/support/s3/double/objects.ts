/** The operations on single objects. */
import type { Call, Reply } from './call.ts';
import { checksumHeader, md5 } from './checksums.ts';
import { checkDelete, checkWrite, conditionsOf, failed, matches } from './conditions.ts';
import { S3Error } from './errors.ts';
import { rangeOf } from './range.ts';
import { decode, type S3Request } from './request.ts';
import { cut, type Lack, type Store, type StoredObject, sizeOf } from './store.ts';
import { element, fieldsOf, malformed, parseXml, xmlDocument } from './xml.ts';

/** Headers that are kept with an object and given back as they came. */
const kept = /^(?:content-type|cache-control|content-disposition|content-language|content-encoding|expires|x-amz-meta-.+)$/;

/** What a request says of the object that it writes. */
export function describedBy({ headers }: S3Request): ReadonlyMap<string, string> {
  const described = new Map([...headers].filter(([name]) => kept.test(name)));
  const encodings = (described.get('content-encoding') ?? '').split(',').map((word) => word.trim());
  const left = encodings.filter((word) => word !== '' && word !== 'aws-chunked').join(',');
  described.delete('content-encoding');
  if (left !== '') described.set('content-encoding', left);
  const metadata = [...described].filter(([name]) => name.startsWith('x-amz-meta-'));
  if (metadata.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0) > 2048) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  return described;
}

/** Refuses a write whose condition does not hold, if the store knows conditions. */
export function checkCondition({ request, store, key }: Call, lack: Lack): void {
  if (!store.rules.lacks.includes(lack)) checkWrite(conditionsOf(request.headers), store.get(key));
}

export function putObject(call: Call): Reply {
  const { request, body, store, key } = call;
  checkCondition(call, 'conditional puts');
  const { bytes, checksum } = body;
  const headers = describedBy(request);
  const { etag } = store.put(key, { content: store.contentOf(bytes), etag: md5(bytes), headers, checksum });
  return { status: 200, headers: { ETag: `"${etag}"`, ...checksumHeaders(checksum) } };
}

/** The headers that tell a checksum. */
export function checksumHeaders(checksum: StoredObject['checksum']): Record<string, string> {
  if (checksum === undefined) return {};
  const type = checksum.value.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT';
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': type };
}

/** The object at a key as a reader sees it. */
function existing(store: Store, key: string): StoredObject {
  const object = store.read(key);
  if (object === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
  return object;
}

export function getObject(call: Call): Reply {
  const { request, store, key } = call;
  const object = existing(store, key);
  const { ifMatch, ifNoneMatch } = conditionsOf(request.headers);
  if (ifMatch !== undefined && !matches(ifMatch, object.etag)) failed('If-Match');
  const validators = { ETag: `"${object.etag}"`, 'Last-Modified': object.modified.toUTCString() };
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, object.etag)) return { status: 304, headers: validators };
  const size = sizeOf(object.content);
  const range = store.rules.lacks.includes('ranges') ? undefined : rangeOf(request.headers.get('range'), size);
  const wantsChecksum = request.headers.get('x-amz-checksum-mode') === 'ENABLED' && range === undefined;
  const headers = {
    ...validators,
    'Content-Type': 'binary/octet-stream',
    ...Object.fromEntries(object.headers),
    ...overrides(request),
    'Accept-Ranges': 'bytes',
    ...(wantsChecksum ? checksumHeaders(object.checksum) : {}),
  };
  if (range === undefined) return { status: 200, headers: withLength(headers, size), body: object.content };
  const { first, last } = range;
  return {
    status: 206,
    headers: { ...withLength(headers, last - first + 1), 'Content-Range': `bytes ${first}-${last}/${size}` },
    body: cut(object.content, first, last - first + 1),
  };
}

/** Headers by name in lower case, so that none is there twice. */
function withLength(headers: Readonly<Record<string, string>>, length: number): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...Object.fromEntries(lower), 'content-length': String(length) };
}

/** Headers that the reader asks for by `response-content-type` and its like. */
function overrides({ query }: S3Request): Record<string, string> {
  const named = [...query].filter(([name]) => name.startsWith('response-'));
  return Object.fromEntries(named.map(([name, value]) => [name.slice('response-'.length), value]));
}

export function deleteObject({ request, store, key }: Call): Reply {
  const ifMatch = store.rules.lacks.includes('conditional deletes') ? undefined : request.headers.get('if-match');
  checkDelete(ifMatch, store.get(key));
  store.delete(key);
  return { status: 204 };
}

export function deleteObjects({ body, store }: Call): Reply {
  if (body.checksum === undefined && !body.md5) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const root = parseXml(body.bytes);
  const named = root.children.filter(({ name }) => name === 'Object').map((object) => fieldsOf(object, ['Key', 'ETag']));
  const quiet = root.children.some(({ name, text }) => name === 'Quiet' && text === 'true');
  if (root.name !== 'Delete' || named.length === 0 || named.length > 1000) malformed();
  const results = named.map((fields) => {
    const key = fields.get('Key') ?? malformed();
    try {
      checkDelete(fields.get('ETag'), store.get(key));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      return element('Error', [element('Key', key), element('Code', error.code), element('Message', error.message)]);
    }
    store.delete(key);
    return quiet ? '' : element('Deleted', [element('Key', key)]);
  });
  return { status: 200, body: xmlDocument('DeleteResult', results) };
}

/** The object that `x-amz-copy-source` names, if the conditions on it hold. */
export function copySource({ request, store, bucket }: Call): { readonly key: string; readonly object: StoredObject } {
  const [sourceBucket = '', key = ''] = decode(request.headers.get('x-amz-copy-source') ?? '')
    .replace(/^\//, '')
    .split(/\/(.*)/s);
  if (sourceBucket !== bucket)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: sourceBucket });
  const object = existing(store, key);
  const { ifMatch, ifNoneMatch } = conditionsOf(request.headers, 'x-amz-copy-source-');
  if (ifMatch !== undefined && !matches(ifMatch, object.etag)) failed('x-amz-copy-source-If-Match');
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, object.etag)) failed('x-amz-copy-source-If-None-Match');
  return { key, object };
}

export function copyObject(call: Call): Reply {
  const { request, store, key } = call;
  const source = copySource(call);
  const replaces = request.headers.get('x-amz-metadata-directive') === 'REPLACE';
  if (source.key === key && !replaces) {
    throw new S3Error(
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing anything.',
    );
  }
  checkCondition(call, 'conditional puts');
  const headers = replaces ? describedBy(request) : source.object.headers;
  const { etag, modified } = store.put(key, { ...source.object, etag: md5(Buffer.concat(source.object.content)), headers });
  return { status: 200, body: copyResult('CopyObjectResult', etag, modified) };
}

/** What a copy answers. */
export function copyResult(name: string, etag: string, modified: Date): string {
  return xmlDocument(name, [element('LastModified', modified.toISOString()), element('ETag', `"${etag}"`)]);
}

export function headBucket(): Reply {
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
}
