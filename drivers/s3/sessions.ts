/** Upload sessions: one object each, which has the offset and the locations of the bytes, and changes by compare-and-swap. */
import { type Checkpoint, type Digest, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { fieldsOf, isCount, isDigest, isObject, isOptional, isRepositoryName, isString, parseFields } from '../tree/fields.ts';
import { sessionKey } from '../tree/layout.ts';
import { damaged } from '../tree/records.ts';
import { isLocation, type Location } from './content.ts';
import type { Multipart, Part, Store } from './store.ts';

/** The bytes of an upload: first the parts of a multipart upload, then an object. Either may be missing. */
export interface Staged {
  readonly parts?: Parts;
  /** Bytes after the parts; those that do not fill a part wait here for the next append. */
  readonly tail?: Location;
}

/** An open multipart upload, and the parts of it that belong to the upload. */
export interface Parts extends Multipart {
  readonly list: readonly Part[];
  /** The highest part number that was given to any append, also to one that failed or still runs. New parts get higher ones. */
  readonly reserved: number;
}

/**
 * A step during which an upload takes no bytes. `seal`: its parts become one object, to be read. `publish`: they become the
 * content of a digest. `end`: it was cancelled.
 */
export type Phase = { readonly does: 'seal' } | { readonly does: 'publish'; readonly as: Digest } | { readonly does: 'end' };

/** The state of an upload, as it is stored. */
export interface Session extends Checkpoint {
  readonly repository: RepositoryName;
  /** How many times bytes were appended. */
  readonly version: number;
  readonly staged: Staged;
  readonly phase?: Phase;
}

/** A session as it was read or written, with the entity tag that a compare-and-swap needs. */
export interface VersionedSession {
  readonly session: Session;
  readonly etag: string;
  /** When it was last written, by the clock of the store, where it was read. */
  readonly written?: Date | undefined;
}

/** Upload sessions by their id. */
export interface Sessions {
  /** Throws a StorageFault if there is a session with this id. */
  create(id: UploadId, session: Session): Promise<VersionedSession>;
  find(id: UploadId): Promise<VersionedSession | undefined>;
  /** Compare-and-swap: undefined, and nothing changed, if the stored session is not `current` any more. */
  replace(id: UploadId, current: VersionedSession, session: Session): Promise<VersionedSession | undefined>;
  remove(id: UploadId): Promise<void>;
}

/** The sessions of a store. */
export function createSessions(store: Pick<Store, 'read' | 'write' | 'delete'>): Sessions {
  return {
    create: async (id, session) => {
      const etag = await store.write(sessionKey(id), encode(session), { when: 'absent' });
      if (etag === undefined) throw new StorageFault('broken', `there is an upload ${id} already`);
      return { session, etag };
    },
    find: async (id) => {
      const found = await store.read(sessionKey(id));
      return found && { session: decode(id, found.bytes), etag: found.etag, written: found.written };
    },
    replace: async (id, { etag }, session) => {
      // Whoever takes a lost answer for a refusal drops bytes that count.
      const written = await store.write(sessionKey(id), encode(session), { when: { ifMatch: etag }, certain: true });
      return written === undefined ? undefined : { session, etag: written };
    },
    remove: async (id) => {
      await store.delete(sessionKey(id));
    },
  };
}

const encode = (session: Session): Uint8Array => Buffer.from(JSON.stringify(session));

function decode(id: UploadId, bytes: Uint8Array): Session {
  const session = parseFields(bytes);
  if (!isSession(session)) throw damaged(sessionKey(id));
  return session;
}

function isSession(value: unknown): value is Session {
  const { repository, offset, version, digest, staged, phase } = fieldsOf(value);
  return (
    isRepositoryName(repository) &&
    isCount(offset) &&
    isCount(version) &&
    isOptional(digest, isDigest) &&
    isStaged(staged) &&
    isOptional(phase, isPhase)
  );
}

function isStaged(value: unknown): value is Staged {
  const { parts, tail } = fieldsOf(value);
  return isObject(value) && isOptional(parts, isParts) && isOptional(tail, isLocation);
}

function isParts(value: unknown): value is Parts {
  const { key, id, list, reserved } = fieldsOf(value);
  return isString(key) && isString(id) && Array.isArray(list) && list.every(isPart) && isCount(reserved);
}

function isPart(value: unknown): value is Part {
  const { number, etag, size } = fieldsOf(value);
  return isCount(number) && isString(etag) && isCount(size);
}

function isPhase(value: unknown): value is Phase {
  const { does, as } = fieldsOf(value);
  return does === 'publish' ? isDigest(as) : does === 'seal' || does === 'end';
}
