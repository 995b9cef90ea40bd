/** What a bucket holds: objects, and multipart uploads that are still open. */
import { randomBytes } from 'node:crypto';
import type { Algorithm, Checksum } from './checksums.ts';
import { S3Error } from './errors.ts';

/** Pieces that are one content, in order. */
export type Content = readonly Buffer[];

/** An object, or a version of one that was there before. */
export interface StoredObject {
  readonly content: Content;
  /** Without quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** What the writer said of it: media type, metadata and the like. */
  readonly headers: ReadonlyMap<string, string>;
  readonly checksum: Checksum | undefined;
}

export interface Part {
  readonly content: Content;
  readonly etag: string;
  readonly modified: Date;
  readonly checksum: Checksum | undefined;
}

export interface OpenUpload {
  readonly id: string;
  readonly key: string;
  readonly initiated: Date;
  readonly headers: ReadonlyMap<string, string>;
  /** The algorithm that every part has to have a checksum of. */
  readonly algorithm: Algorithm | undefined;
  readonly parts: Map<number, Part>;
}

/** What stores are known to lack. */
export type Lack =
  | 'conditional puts'
  | 'conditional completion'
  | 'conditional deletes'
  | 'listing order'
  | 'fresh reads'
  | 'ranges'
  | 'presigned requests'
  | 'streamed bodies';

/** How a bucket behaves. */
export interface Rules {
  readonly lacks: readonly Lack[];
  /** Whether a key may be a directory of another, as it may not on file systems. */
  readonly nests: boolean;
  /** At most so many entries a page, whatever was asked for. */
  readonly pageLimit: number;
  /** Bytes that every part but the last has to have. */
  readonly minPartSize: number;
  /** How many bytes an object or a part may have for them to be kept; longer ones read as zeros of the same length. */
  readonly longestKept: number;
  /** The time that objects and uploads are stamped with. */
  readonly now: () => number;
}

const zeros = Buffer.alloc(1024 * 1024);

/** A bucket in memory. Each change is one step. */
export class Store {
  readonly uploads = new Map<string, OpenUpload>();
  readonly #objects = new Map<string, StoredObject>();
  /** What the next read of a key still sees, where reads are not fresh. */
  readonly #stale = new Map<string, StoredObject | undefined>();
  /** The keys in byte order, as long as there are no others: page after page asks for them. */
  #sorted: readonly string[] | undefined;
  #opened = 0;

  constructor(readonly rules: Rules) {}

  /** Keys in byte order of UTF-8, or in no order that means anything where the store lacks it. */
  keys(): readonly string[] {
    this.#sorted ??= inByteOrder([...this.#objects.keys()], (key) => key);
    return this.rules.lacks.includes('listing order') ? this.#sorted.toReversed() : this.#sorted;
  }

  /** The object at a key as writers see it. */
  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** The object at a key as readers see it. */
  read(key: string): StoredObject | undefined {
    if (!this.#stale.has(key)) return this.#objects.get(key);
    const before = this.#stale.get(key);
    this.#stale.delete(key);
    return before;
  }

  /** Puts an object in the place of what is at its key. */
  put(key: string, written: Omit<StoredObject, 'modified'>): StoredObject {
    this.checkKey(key);
    const object = { ...written, modified: this.now() };
    this.#changing(key);
    if (!this.#objects.has(key)) this.#sorted = undefined;
    this.#objects.set(key, object);
    return object;
  }

  delete(key: string): void {
    this.#changing(key);
    if (this.#objects.delete(key)) this.#sorted = undefined;
  }

  /** Refuses keys that are too long, and where keys may not nest, those that are a directory of another or have one that is an object. */
  checkKey(key: string): void {
    if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
    if (this.rules.nests) return;
    const segments = key.split('/');
    if (segments.some((segment) => ['', '.', '..'].includes(segment) || Buffer.byteLength(segment) > 255)) {
      throw new S3Error('InvalidArgument', `${key} is no path of a file.`);
    }
    const above = segments.slice(1).map((_, at) => segments.slice(0, at + 1).join('/'));
    if (above.some((name) => this.#objects.has(name))) {
      throw new S3Error('ObjectParentIsFile', 'Object parent already exists as a file.');
    }
    if ([...this.#objects.keys()].some((other) => other.startsWith(`${key}/`))) {
      throw new S3Error('ExistingObjectIsDirectory', 'Existing Object is a directory.');
    }
  }

  /** Opens a multipart upload; ids sort in the order of their making. */
  open(key: string, headers: ReadonlyMap<string, string>, algorithm: Algorithm | undefined): OpenUpload {
    this.checkKey(key);
    this.#opened += 1;
    const id = `${String(this.#opened).padStart(8, '0')}.${randomBytes(12).toString('base64url')}`;
    const upload = { id, key, headers, algorithm, initiated: this.now(), parts: new Map<number, Part>() };
    this.uploads.set(id, upload);
    return upload;
  }

  /** The content that is kept of bytes. */
  contentOf(bytes: Buffer): Content {
    if (bytes.length <= this.rules.longestKept) return [bytes];
    const pieces = Array.from({ length: Math.ceil(bytes.length / zeros.length) }, (_, at) => at * zeros.length);
    return pieces.map((start) => zeros.subarray(0, Math.min(zeros.length, bytes.length - start)));
  }

  /** Whole seconds, as S3 has them. */
  now(): Date {
    return new Date(Math.floor(this.rules.now() / 1000) * 1000);
  }

  #changing(key: string): void {
    if (this.rules.lacks.includes('fresh reads')) this.#stale.set(key, this.#objects.get(key));
  }
}

/** Things in the byte order of their UTF-8 names, which is not the order of their UTF-16. */
export function inByteOrder<T>(things: readonly T[], nameOf: (thing: T) => string): T[] {
  const named = things.map((thing) => ({ thing, name: Buffer.from(nameOf(thing)) }));
  return named.sort((one, other) => Buffer.compare(one.name, other.name)).map(({ thing }) => thing);
}

/** Bytes of a content. */
export function sizeOf(content: Content): number {
  return content.reduce((sum, { length }) => sum + length, 0);
}

/** The bytes of a content from `start`, `length` of them, without a copy. */
export function cut(content: Content, start: number, length: number): Content {
  const pieces: Buffer[] = [];
  let [skip, left] = [start, length];
  for (const piece of content) {
    if (left === 0) break;
    const taken = piece.subarray(Math.min(skip, piece.length), Math.min(skip + left, piece.length));
    skip -= Math.min(skip, piece.length);
    left -= taken.length;
    if (taken.length > 0) pieces.push(taken);
  }
  return pieces;
}
