/** Upload sessions: one object each, which says where the bytes are and changes by compare and swap. */
import { type Checkpoint, type Digest, type RepositoryName, StorageFault, type UploadId } from '../../lib/driver.ts';
import { sessionKey } from '../tree/layout.ts';
import type { Place } from './content.ts';
import type { Multipart, Part, Store } from './store.ts';

/** The bytes of an upload: parts of a multipart upload, if there are any, and then one object. */
export interface Staged {
  readonly parts?: Parts;
  readonly tail?: Place;
}

/** A multipart upload that is open, and the parts of it that count. */
export interface Parts extends Multipart {
  readonly list: readonly Part[];
  /** The numbers up to here may be used by someone whose bytes do not count, or not yet. */
  readonly reserved: number;
}

/**
 * What is being done with an upload that takes no bytes meanwhile: its parts are made an object, to be read or to be
 * published as a digest, or it was cancelled.
 */
export type Phase = { readonly does: 'seal' } | { readonly does: 'publish'; readonly as: Digest } | { readonly does: 'end' };

/** An upload as it stands. */
export interface Session extends Checkpoint {
  readonly repository: RepositoryName;
  /** How many times bytes were appended. */
  readonly version: number;
  readonly staged: Staged;
  readonly phase?: Phase;
}

/** A session as it was read or written: to be replaced only if it is still that. */
export interface Held {
  readonly session: Session;
  readonly etag: string;
}

/** The sessions of a store. */
export interface Sessions {
  create(id: UploadId, session: Session): Promise<Held>;
  find(id: UploadId): Promise<Held | undefined>;
  /** Undefined, and nothing changed, if the session is not as it is held any more. */
  replace(id: UploadId, held: Held, session: Session): Promise<Held | undefined>;
  remove(id: UploadId): Promise<void>;
}

/** The sessions of a store. */
export function sessionsIn(store: Store): Sessions {
  return {
    create: async (id, session) => {
      const etag = await store.write(sessionKey(id), encode(session), { when: 'absent' });
      if (etag === undefined) throw new StorageFault('broken', `there is an upload ${id} already`);
      return { session, etag };
    },
    find: async (id) => {
      const found = await store.read(sessionKey(id));
      return found && { session: decode(id, found.bytes), etag: found.etag };
    },
    replace: async (id, { etag }, session) => {
      const written = await store.write(sessionKey(id), encode(session), { when: { is: etag } });
      return written === undefined ? undefined : { session, etag: written };
    },
    remove: async (id) => {
      await store.delete(sessionKey(id));
    },
  };
}

const encode = (session: Session): Uint8Array => Buffer.from(JSON.stringify(session));

/** A session is written and read by this file alone, in one step each: what is one by its outline is one. */
function decode(id: UploadId, bytes: Uint8Array): Session {
  const session: Session = JSON.parse(Buffer.from(bytes).toString());
  if (!Number.isSafeInteger(session.offset) || !Number.isSafeInteger(session.version) || typeof session.staged !== 'object')
    throw new StorageFault('broken', `${sessionKey(id)} is damaged`);
  return session;
}
