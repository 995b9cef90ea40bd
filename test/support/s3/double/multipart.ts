/** The operations of multipart uploads. */
import type { Call, Reply } from './call.ts';
import { algorithmNamed, type Checksum, checksumOf, compositeChecksum, md5 } from './checksums.ts';
import { S3Error } from './errors.ts';
import { checkCondition, checksumHeaders, copyResult, copySource, describedBy } from './objects.ts';
import { copyRangeOf } from './range.ts';
import { numberParameter } from './request.ts';
import { cut, type OpenUpload, type Part, sizeOf } from './store.ts';
import { type Element, element, fieldsOf, malformed, parseXml, xmlDocument } from './xml.ts';

export function createMultipartUpload({ request, store, bucket, key }: Call): Reply {
  const named = request.headers.get('x-amz-checksum-algorithm');
  const algorithm = named === undefined ? undefined : algorithmNamed(named);
  if ((request.headers.get('x-amz-checksum-type') ?? 'COMPOSITE') !== 'COMPOSITE') {
    throw new S3Error('NotImplemented', 'Checksums of whole objects are not implemented by this double.');
  }
  const { id } = store.open(key, describedBy(request), algorithm);
  const body = xmlDocument('InitiateMultipartUploadResult', [
    element('Bucket', bucket),
    element('Key', key),
    element('UploadId', id),
  ]);
  const about: Record<string, string> =
    algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': 'COMPOSITE' };
  return { status: 200, headers: about, body };
}

/** The open upload that a request names, of the key that it names. */
function openUpload({ request, store, key }: Call): OpenUpload {
  const id = request.query.get('uploadId') ?? '';
  const upload = store.uploads.get(id);
  if (upload === undefined || upload.key !== key) {
    throw new S3Error(
      'NoSuchUpload',
      'The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.',
      { UploadId: id },
    );
  }
  return upload;
}

function partNumberOf({ request }: Call): number {
  const number = numberParameter(request, 'partNumber', 0);
  if (number < 1 || number > 10_000) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  return number;
}

export function uploadPart(call: Call): Reply {
  const { body, store } = call;
  const upload = openUpload(call);
  const number = partNumberOf(call);
  const sent = body.checksum?.algorithm;
  if (upload.algorithm !== undefined && sent !== undefined && sent !== upload.algorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm}, actual checksum Type: ${sent}`,
    );
  }
  const checksum = body.checksum ?? (upload.algorithm && checksumOf(upload.algorithm, body.bytes));
  const part = { content: store.contentOf(body.bytes), etag: md5(body.bytes), modified: store.now(), checksum };
  upload.parts.set(number, part);
  return { status: 200, headers: { ETag: `"${part.etag}"`, ...partChecksum(body.checksum) } };
}

function partChecksum(checksum: Checksum | undefined): Record<string, string> {
  const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(checksum);
  return headers;
}

export function uploadPartCopy(call: Call): Reply {
  const { request, store } = call;
  const upload = openUpload(call);
  const number = partNumberOf(call);
  const { object } = copySource(call);
  const { first, last } = copyRangeOf(request.headers.get('x-amz-copy-source-range'), sizeOf(object.content));
  const content = cut(object.content, first, last - first + 1);
  const bytes = Buffer.concat(content);
  const part = {
    content,
    etag: md5(bytes),
    modified: store.now(),
    checksum: upload.algorithm && checksumOf(upload.algorithm, bytes),
  };
  upload.parts.set(number, part);
  return { status: 200, body: copyResult('CopyPartResult', part.etag, part.modified) };
}

/** A part as a completion names it. */
interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

export function completeMultipartUpload(call: Call): Reply {
  const { request, body, store, bucket, key } = call;
  const upload = openUpload(call);
  const named = namedParts(parseXml(body.bytes));
  const parts = named.map((part) => verifiedPart(upload, part));
  if (parts.slice(0, -1).some(({ content }) => sizeOf(content) < store.rules.minPartSize)) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  const content = parts.flatMap((part) => part.content);
  const promised = request.headers.get('x-amz-mp-object-size');
  if (promised !== undefined && Number(promised) !== sizeOf(content)) {
    throw new S3Error('InvalidRequest', `The provided 'x-amz-mp-object-size' header does not match what was computed.`);
  }
  checkCondition(call, 'conditional completion');
  const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
  const checksum =
    upload.algorithm &&
    compositeChecksum(
      upload.algorithm,
      parts.flatMap((part) => part.checksum ?? []),
    );
  store.put(key, { content, etag, headers: upload.headers, checksum });
  store.uploads.delete(upload.id);
  const location = `http://${request.headers.get('host')}/${bucket}/${key}`;
  const elements = { Location: location, Bucket: bucket, Key: key, ETag: `"${etag}"` };
  return { status: 200, body: xmlDocument('CompleteMultipartUploadResult', elementsOf(elements)) };
}

const partFields = ['PartNumber', 'ETag', 'ChecksumCRC32', 'ChecksumSHA1', 'ChecksumSHA256'];

/** The parts of a completion, in rising order. */
function namedParts({ name, children }: Element): NamedPart[] {
  if (name !== 'CompleteMultipartUpload' || children.length === 0 || children.some((child) => child.name !== 'Part')) malformed();
  const parts = children.map((child) => {
    const fields = fieldsOf(child, partFields);
    const checksum = [...fields].find(([field]) => field.startsWith('Checksum'))?.[1];
    const etag = (fields.get('ETag') ?? malformed()).replaceAll('"', '');
    return { number: Number(fields.get('PartNumber') ?? malformed()), etag, checksum };
  });
  if (parts.some(({ number }, at) => number <= (parts[at - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.');
  }
  return parts;
}

/** The part that a completion means. */
function verifiedPart({ id, parts, algorithm }: OpenUpload, { number, etag, checksum }: NamedPart): Part {
  const part = parts.get(number);
  if (algorithm !== undefined && checksum === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  if (part === undefined || part.etag !== etag || (checksum !== undefined && part.checksum?.value !== checksum)) {
    throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.', {
      UploadId: id,
      PartNumber: String(number),
      ETag: etag,
    });
  }
  return part;
}

export function abortMultipartUpload(call: Call): Reply {
  call.store.uploads.delete(openUpload(call).id);
  return { status: 204 };
}

export function listParts(call: Call): Reply {
  const { request, store, bucket, key } = call;
  const { id, parts } = openUpload(call);
  const marker = numberParameter(request, 'part-number-marker', 0);
  const most = Math.min(numberParameter(request, 'max-parts', 1000), 1000);
  const rest = [...parts].filter(([number]) => number > marker).sort(([one], [other]) => one - other);
  const page = rest.slice(0, Math.min(most, store.rules.pageLimit));
  const truncated = page.length < rest.length;
  const elements = {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    PartNumberMarker: marker,
    ...(truncated ? { NextPartNumberMarker: page.at(-1)?.[0] ?? marker } : {}),
    MaxParts: most,
    IsTruncated: truncated,
  };
  return { status: 200, body: xmlDocument('ListPartsResult', [...elementsOf(elements), ...page.map(partElement)]) };
}

function partElement([number, { etag, modified, content, checksum }]: [number, Part]): string {
  const about = { PartNumber: number, LastModified: modified.toISOString(), ETag: `"${etag}"`, Size: sizeOf(content) };
  const more = checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value };
  return element('Part', elementsOf({ ...about, ...more }));
}

function elementsOf(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => element(name, value));
}
