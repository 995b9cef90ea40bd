/**
 * Uploads to an object store. An upload is a session that changes by compare-and-swap, so any instance can continue it. Bytes
 * are written first, to random keys and reserved part numbers that no other append uses; they count once the session lists them.
 */
import type { Chunk, Digest, LastChunk, RepositoryName, Upload, UploadId, UploadStore } from '../../lib/driver.ts';
import { dataPrefix, parseDataKey, parseSessionName, sessionKey, sessionsPrefix } from '../tree/layout.ts';
import type { Appended, Appender } from './appending.ts';
import { createStoreClock } from './clock.ts';
import type { Contents, Location } from './content.ts';
import { heartbeatMs, silenceMs, withHeartbeat } from './heartbeat.ts';
import { type PartNumbers, partNumbersOf, type Reservation, UploadConflict } from './part-numbers.ts';
import { lastNumber } from './part-plan.ts';
import { PartsLost, seal } from './sealing.ts';
import type { Parts, Phase, Session, Sessions, Staged, VersionedSession } from './sessions.ts';
import type { Store } from './store.ts';
import { streamObject } from './streams.ts';

/** How many part numbers an append reserves at once in a multipart upload that it did not begin. */
const numbersPerReservation = 64;

/** How long an instance may take to publish an upload before another one ends it. */
const publishTimeoutMs = 3_600_000;

/** How old parts have to be that no session speaks of, to be dropped whatever the expiry is asked for. */
const orphanedMs = 3_600_000;

/** The uploads of a store. An upload is touched every `beatMs` milliseconds while bytes come for it. */
export function createUploadStore(
  store: Store,
  sessions: Sessions,
  contents: Contents,
  appender: Appender,
  beatMs = heartbeatMs,
): UploadStore {
  /** The session behind each upload that was returned, so that most steps need not read it again. */
  const cache = new WeakMap<Upload, VersionedSession>();

  function toUpload(current: VersionedSession): Upload {
    const { offset, digest, version } = current.session;
    const upload: Upload = { offset, ...(digest !== undefined && { digest }), token: version };
    cache.set(upload, current);
    return upload;
  }

  /** The session, if it is this repository's and was not cancelled. If its phase is `seal`, finishes that first. */
  async function readSession(repo: RepositoryName, id: UploadId): Promise<VersionedSession | undefined> {
    for (;;) {
      const current = await sessions.find(id);
      if (current?.session.repository !== repo || current.session.phase?.does === 'end') return undefined;
      if (current.session.phase?.does !== 'seal') return current;
      await finishSealing(id, current);
    }
  }

  const standsAt = ({ session }: VersionedSession, { offset, token }: Upload): boolean =>
    session.version === token && session.offset === offset;

  /**
   * Replaces the session by `change` of it, as long as the upload stands at `at`: a compare-and-swap that is repeated when
   * another request changed the session without moving the upload on. Undefined if the upload moved on, or `change` gives
   * nothing.
   */
  async function updateAt(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    change: (session: Session) => Session | undefined,
  ): Promise<VersionedSession | undefined> {
    let current = cache.get(at) ?? (await readSession(repo, id));
    for (;;) {
      if (!current || current.session.repository !== repo || !standsAt(current, at)) return undefined;
      const next = change(current.session);
      if (!next) return undefined;
      const replaced = await sessions.replace(id, current, next);
      if (replaced) return replaced;
      current = await readSession(repo, id);
    }
  }

  /** Writes the session of an append: by {@link updateAt}, in no phase, and for `from` from then on. */
  async function updateForAppend(
    repo: RepositoryName,
    id: UploadId,
    from: Upload,
    change: (session: Session) => Session,
  ): Promise<VersionedSession | undefined> {
    const current = await updateAt(repo, id, from, (session) => (session.phase ? undefined : change(session)));
    if (current) cache.set(from, current);
    return current;
  }

  /** The session after a reservation of part numbers for the caller alone; undefined if the upload does not stand at `from`. */
  const reserveNumbers = (repo: RepositoryName, id: UploadId, from: Upload): Promise<VersionedSession | undefined> =>
    updateForAppend(repo, id, from, (session) => withReserved(session, (reserved) => reserved + numbersPerReservation));

  /** Writes the session again as it is, so that it counts as touched, if the upload still stands at `from`. */
  const touch = (repo: RepositoryName, id: UploadId, from: Upload): Promise<VersionedSession | undefined> =>
    updateForAppend(repo, id, from, (session) => session);

  /** The part numbers of an append at `from`, whose session has just reserved the first of them. */
  function numbersOf(repo: RepositoryName, id: UploadId, from: Upload, parts: Parts): PartNumbers {
    return partNumbersOf(lastReserved(parts), async () => {
      const current = await reserveNumbers(repo, id, from);
      if (!current?.session.staged.parts) throw new UploadConflict();
      return lastReserved(current.session.staged.parts);
    });
  }

  /** Gives back what an append that failed has reserved and not used. */
  async function giveNumbersBack(repo: RepositoryName, id: UploadId, from: Upload, numbers: PartNumbers): Promise<void> {
    const update = updateAt(repo, id, from, (session) =>
      session.staged.parts?.reserved === numbers.last ? withReserved(session, () => numbers.used) : undefined,
    );
    await update.catch(() => {
      // Then these numbers are lost. What matters to the caller is why the append failed.
    });
  }

  /** The session after its parts became one object; undefined if the repository has no such upload. */
  async function sealParts(repo: RepositoryName, id: UploadId, at: Upload): Promise<VersionedSession | undefined> {
    const phase: Phase = { does: 'seal' };
    let current = await readSession(repo, id);
    if (current?.session.staged.parts) {
      const sealing = current.session.phase ? undefined : await sessions.replace(id, current, { ...current.session, phase });
      current = (sealing && (await finishSealing(id, sealing))) ?? (await readSession(repo, id));
    }
    if (current && standsAt(current, at)) cache.set(at, current);
    return current;
  }

  async function finishSealing(id: UploadId, current: VersionedSession): Promise<VersionedSession | undefined> {
    const { phase: _, ...session } = current.session;
    const location = await sealOrLost(id, session);
    if (location instanceof PartsLost) return endLost(id, current, location);
    const replaced = await sessions.replace(id, current, { ...session, staged: { tail: location } });
    if (replaced) await deleteTail(session.staged.tail, location.key);
    return replaced;
  }

  const sealOrLost = (id: UploadId, { staged, offset }: Session): Promise<Location | PartsLost> =>
    seal(store, staged, offset, id).catch((error: unknown) => {
      if (error instanceof PartsLost) return error;
      throw error;
    });

  /** Ends an upload that is lost and throws `lost`, once; gives undefined if the session has changed or ended meanwhile. */
  async function endLost(id: UploadId, current: VersionedSession, lost: PartsLost): Promise<undefined> {
    if (await cancel(id, current)) throw lost;
  }

  /** Ends an upload that stands at `from` with these parts still, of which the store knows nothing. */
  async function endIfLost(repo: RepositoryName, id: UploadId, from: Upload, parts: Parts | undefined): Promise<undefined> {
    const current = await readSession(repo, id);
    if (!parts || !current || !standsAt(current, from) || current.session.staged.parts?.key !== parts.key) return;
    if (!current.session.phase) await endLost(id, current, new PartsLost(parts.key));
  }

  async function deleteTail(tail: Staged['tail'], keptKey?: string): Promise<void> {
    if (tail && tail.key !== keptKey) await store.delete(tail.key);
  }

  /** Drops the bytes of a session that was cancelled, and the session itself. */
  async function discard(id: UploadId, { staged }: Session): Promise<void> {
    if (staged.parts) await store.abortMultipart(staged.parts);
    for await (const { name } of store.list(dataPrefix(id))) await store.delete(dataPrefix(id) + name);
    await sessions.remove(id);
  }

  /** Whether publishing has happened: the bytes may be those of a blob, and are not for an expiry to drop. */
  async function isPublished(id: UploadId, { phase }: Session): Promise<boolean> {
    return phase?.does === 'publish' && contents.isPublished(id, phase.as);
  }

  /** Removes the session of an upload whose bytes were published, and what they were made of. */
  async function removePublished(id: UploadId, { staged }: Session): Promise<void> {
    // Parts became an object, with a copy of the tail at its end; without parts, the tail is what was published.
    if (staged.parts) await deleteTail(staged.tail);
    await sessions.remove(id);
  }

  /** Cancels an upload, so that every later append or commit of it fails, and drops it. False if the session has changed. */
  async function cancel(id: UploadId, current: VersionedSession): Promise<boolean> {
    const ended = await sessions.replace(id, current, { ...current.session, phase: { does: 'end' } });
    if (!ended) return false;
    await discard(id, current.session);
    return true;
  }

  /**
   * Appends a chunk, and replaces the session by one that has its bytes and, after them, a phase; undefined if the upload does not stand
   * at `from`.
   */
  async function takeChunk(
    repo: RepositoryName,
    id: UploadId,
    from: Upload,
    chunk: Chunk,
    phaseAfter: () => Phase | undefined = () => undefined,
  ): Promise<VersionedSession | undefined> {
    let current = cache.get(from) ?? (await readSession(repo, id));
    if (current && hasFewNumbersLeft(current.session)) current = await sealParts(repo, id, from);
    // The cached session may be outdated, and its parts sealed. Reserving numbers also checks that, before the chunk is read.
    if (current?.session.staged.parts) current = await reserveNumbers(repo, id, from);
    // An expiry may be about to end an upload that was idle for long; the first heartbeat is some time away.
    else if (current?.written && Date.now() - current.written.getTime() > silenceMs) current = await touch(repo, id, from);
    if (current?.session.repository !== repo || !standsAt(current, from) || current.session.phase) return undefined;
    const { staged: before } = current.session;
    const numbers = before.parts && numbersOf(repo, id, from, before.parts);
    let appended: Appended;
    try {
      const append = () => appender.append(before, chunk, id, numbers);
      appended = await withHeartbeat(beatMs, () => touch(repo, id, from), append);
    } catch (error) {
      if (error instanceof UploadConflict) return endIfLost(repo, id, from, before.parts);
      if (numbers) await giveNumbersBack(repo, id, from, numbers);
      throw error;
    }
    const [checkpoint, phase] = [chunk.checkpoint(), phaseAfter()];
    const after = await updateAt(repo, id, from, (session) => {
      if (session.phase || session.staged.parts?.key !== before.parts?.key || session.staged.tail?.key !== before.tail?.key)
        return undefined;
      const { digest: _, ...rest } = session;
      const moved = { ...rest, ...checkpoint, version: session.version + 1, staged: appended.staged, ...(phase && { phase }) };
      // Numbers that other appends have reserved since are theirs; what this one has reserved and not used is given back.
      const reserved = session.staged.parts?.reserved;
      return withReserved(moved, (used) =>
        reserved === undefined || reserved === numbers?.last ? (numbers?.used ?? used) : reserved,
      );
    });
    if (!after) {
      await appended.undo();
      return undefined;
    }
    if (appended.staged.tail?.key !== before.tail?.key) {
      await deleteTail(before.tail).catch(() => {
        // The append succeeded, and nothing refers to the old tail any more.
      });
    }
    return after;
  }

  const holds = async (repo: RepositoryName, digest: Digest): Promise<boolean> =>
    (await contents.find(repo, digest)) !== undefined;

  /** Publishes the bytes of a session in the phase for it, which are known to be there at `storedMs`, and ends the upload. */
  async function publish(
    repo: RepositoryName,
    id: UploadId,
    session: Session,
    digest: Digest,
    { storedMs, isRepeated }: { readonly storedMs: number; readonly isRepeated: boolean },
  ): Promise<boolean> {
    const sealed = await sealOrLost(id, session);
    const isLost = sealed instanceof PartsLost;
    const published = isLost ? await holds(repo, digest) : await contents.publish(repo, digest, sealed, storedMs);
    await deleteTail(session.staged.tail, isLost ? undefined : sealed.key);
    await sessions.remove(id);
    // An earlier commit of this upload may have found the digest published already, and deleted these bytes.
    if (isLost && !published && !isRepeated) throw sealed;
    return published;
  }

  const commit: UploadStore['commit'] = async (repo, id, at, digest) => {
    let isRepeated = false;
    const storedMs = Date.now();
    const publishing = await updateAt(repo, id, at, ({ phase, ...session }) => {
      // A commit under another digest may have begun: the bytes are to be those of one blob only.
      if (phase?.does === 'publish' && phase.as !== digest) return undefined;
      isRepeated = phase?.does === 'publish';
      return { ...session, phase: { does: 'publish', as: digest } };
    });
    return publishing ? publish(repo, id, publishing.session, digest, { storedMs, isRepeated }) : holds(repo, digest);
  };

  return {
    create: async (repo, id, { offset, digest }) => {
      const session = { repository: repo, offset, ...(digest !== undefined && { digest }), version: 0, staged: {} };
      return toUpload(await sessions.create(id, session));
    },

    get: async (repo, id) => {
      const current = await readSession(repo, id);
      return current && toUpload(current);
    },

    append: async (repo, id, from, chunk) => {
      const after = await takeChunk(repo, id, from, chunk);
      return after && toUpload(after);
    },

    complete: async (repo, id, from, chunk, digest) => {
      const phase: Phase = { does: 'publish', as: digest };
      const { phase: begun } = (cache.get(from) ?? (await readSession(repo, id)))?.session ?? {};
      // An attempt that failed while it published has all bytes. It is gone on with.
      if (begun?.does === 'publish') {
        const isRepeated = begun.as === digest && (await isEmpty(chunk));
        return (isRepeated && (await commit(repo, id, from, digest))) || undefined;
      }
      const after = await takeChunk(repo, id, from, chunk, () => (chunk.isWhole() ? phase : undefined));
      if (!after?.session.phase) return after && toUpload(after);
      return (await publish(repo, id, after.session, digest, { storedMs: Date.now(), isRepeated: false })) || undefined;
    },

    read: async (repo, id, at) => {
      const current = await sealParts(repo, id, at);
      if (current?.session.repository !== repo) return undefined;
      const { tail } = current.session.staged;
      if (!tail) return emptyStream();
      return streamObject(store, tail.key, { first: 0, last: at.offset - 1 });
    },

    commit,

    delete: async (repo, id) => {
      for (;;) {
        const left = await sessions.find(id);
        // The deletion that cancelled this session may have been interrupted before it dropped the bytes.
        if (left?.session.phase?.does === 'end') await discard(id, left.session);
        const current = await readSession(repo, id);
        // An upload that is being published counts as ended.
        if (!current || current.session.phase) return false;
        if (await cancel(id, current)) return true;
      }
    },

    expire: async (callersBefore) => {
      const onStoreClock = createStoreClock(store);
      let ended = 0;
      for await (const { name, written } of store.list(sessionsPrefix)) {
        const id = parseSessionName(name);
        if (id === undefined || written === undefined) continue;
        const before = await onStoreClock(callersBefore);
        if (endOfSecond(written, silenceMs) >= before) continue;
        const current = await sessions.find(id);
        if (!current) continue;
        // The listing is older than what requests have written since: one may be publishing these bytes now.
        const last = current.written ?? written;
        const timeoutMs = current.session.phase?.does === 'publish' ? publishTimeoutMs : silenceMs;
        if (endOfSecond(last, timeoutMs) >= before) continue;
        if (await isPublished(id, current.session)) await removePublished(id, current.session);
        else if ((await cancel(id, current)) && current.session.phase?.does !== 'end') ended++;
      }
      // The parts of a `put` have no session until its first heartbeat.
      const orphaned = new Date(Math.max(callersBefore.getTime() - silenceMs, Date.now() - orphanedMs));
      for await (const multipart of store.listMultiparts(dataPrefix())) {
        const id = parseDataKey(multipart.key);
        const hasSession = id !== undefined && (await store.size(sessionKey(id))) !== undefined;
        if (!hasSession && multipart.begun < (await onStoreClock(orphaned))) await store.abortMultipart(multipart);
      }
      return ended;
    },
  };
}

/** Adds one second, plus `laterMs`: stores round times down to seconds, so the write may have been that much later. */
const endOfSecond = (written: Date, laterMs = 0): Date => new Date(written.getTime() + 1000 + laterMs);

/** Whether an append may run out of part numbers. */
function hasFewNumbersLeft({ staged: { parts } }: Session): boolean {
  return parts !== undefined && parts.reserved + numbersPerReservation >= lastNumber;
}

/** The session with another highest part number that is reserved. */
function withReserved(session: Session, change: (reserved: number) => number): Session {
  const { parts } = session.staged;
  return parts ? { ...session, staged: { ...session.staged, parts: { ...parts, reserved: change(parts.reserved) } } } : session;
}

/** The part numbers of the last reservation. */
function lastReserved({ reserved }: Parts): Reservation {
  return { first: reserved - numbersPerReservation + 1, last: reserved };
}

/** Whether a chunk has come to its end, and has no bytes. */
async function isEmpty(chunk: LastChunk): Promise<boolean> {
  for await (const buffers of chunk) if (buffers.some(({ length }) => length > 0)) return false;
  return chunk.isWhole();
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {}
