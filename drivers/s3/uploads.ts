/**
 * Uploads to an object store. An upload is a session that changes by compare and swap, so that any instance can go on with it;
 * bytes are written first, under names that nobody else uses, and count once the session says so.
 */
import type { Chunk, Digest, RepositoryName, Upload, UploadId, UploadStore } from '../../lib/driver.ts';
import { dataPrefix, sessionAt, sessionKey, sessionsPrefix, uploadOfData } from '../tree/layout.ts';
import { type Appended, type Appending, type Numbers, Overtaken } from './appending.ts';
import type { Contents } from './content.ts';
import { streamOf } from './reading.ts';
import { sealed } from './sealing.ts';
import type { Held, Phase, Session, Sessions, Staged } from './sessions.ts';
import type { Store } from './store.ts';

/** How many numbers of parts one append takes at once, from a multipart upload that it did not begin. */
const stride = 64;

/** The uploads of a store. */
export function uploadsIn(store: Store, sessions: Sessions, contents: Contents, appending: Appending): UploadStore {
  /** Sessions as they were last seen, by what was said of them: so that most steps need not read them again. */
  const seen = new WeakMap<Upload, Held>();

  function told(held: Held): Upload {
    const { offset, digest, version } = held.session;
    const upload: Upload = { offset, ...(digest !== undefined && { digest }), token: version };
    seen.set(upload, held);
    return upload;
  }

  /** The session, if it is this repository's and was not cancelled; parts that someone began to seal are sealed first. */
  async function current(repo: RepositoryName, id: UploadId): Promise<Held | undefined> {
    for (;;) {
      const held = await sessions.find(id);
      if (held?.session.repository !== repo || held.session.phase?.does === 'end') return undefined;
      if (held.session.phase?.does !== 'seal') return held;
      await finishSealing(id, held);
    }
  }

  const standsAt = ({ session }: Held, { offset, token }: Upload): boolean =>
    session.version === token && session.offset === offset;

  /**
   * Changes the session that stands at `at` into what `change` makes of it, however often others change it meanwhile
   * without moving it on. Undefined if it moved on, or `change` gives nothing.
   */
  async function advance(
    repo: RepositoryName,
    id: UploadId,
    at: Upload,
    change: (session: Session) => Session | undefined,
  ): Promise<Held | undefined> {
    let held = seen.get(at) ?? (await current(repo, id));
    for (;;) {
      if (!held || held.session.repository !== repo || !standsAt(held, at)) return undefined;
      const next = change(held.session);
      if (!next) return undefined;
      const replaced = await sessions.replace(id, held, next);
      if (replaced) return replaced;
      held = await current(repo, id);
    }
  }

  /** The session, with numbers of parts that nobody else uses from now on; undefined if it does not stand at `from`. */
  async function reserved(repo: RepositoryName, id: UploadId, from: Upload): Promise<Held | undefined> {
    const held = await advance(repo, id, from, (session) =>
      session.phase ? undefined : { ...session, staged: widened(session.staged) },
    );
    if (held) seen.set(from, held);
    return held;
  }

  async function finishSealing(id: UploadId, held: Held): Promise<Held | undefined> {
    const { phase: _, ...session } = held.session;
    const place = await sealed(store, session.staged, session.offset, id);
    const done = await sessions.replace(id, held, { ...session, staged: { tail: place } });
    if (done) await drop(session.staged.tail, place.key);
    return done;
  }

  async function drop(tail: Staged['tail'], unless?: string): Promise<void> {
    if (tail && tail.key !== unless) await store.delete(tail.key);
  }

  async function discard(id: UploadId, { staged }: Session): Promise<void> {
    if (staged.parts) await store.abort(staged.parts);
    for await (const { name } of store.list(dataPrefix(id))) await store.delete(dataPrefix(id) + name);
    await sessions.remove(id);
  }

  /** Whether a session whose bytes are being published may have been published. */
  async function isPublished(id: UploadId, { phase }: Session): Promise<boolean> {
    if (phase?.does !== 'publish') return false;
    return (await contents.pointer(phase.as))?.key.startsWith(dataPrefix(id)) ?? false;
  }

  /** Ends an upload so that nobody appends to it or publishes it any more. */
  async function cancel(id: UploadId, held: Held): Promise<boolean> {
    const ended = await sessions.replace(id, held, { ...held.session, phase: { does: 'end' } });
    if (!ended) return false;
    await discard(id, held.session);
    return true;
  }

  return {
    create: async (repo, id, { offset, digest }) =>
      told(
        await sessions.create(id, { repository: repo, offset, ...(digest !== undefined && { digest }), version: 0, staged: {} }),
      ),

    get: async (repo, id) => {
      const held = await current(repo, id);
      return held && told(held);
    },

    append: async (repo, id, from, chunk: Chunk) => {
      let held = seen.get(from) ?? (await current(repo, id));
      // Someone may have sealed the parts since: to reserve numbers is to look again, before a byte is taken.
      if (held?.session.staged.parts) held = await reserved(repo, id, from);
      if (held?.session.repository !== repo || !standsAt(held, from) || held.session.phase) return undefined;
      const { staged: before } = held.session;
      let numbers = numbersOf(held);
      const reserve = async (): Promise<Numbers> => {
        const given = numbers ?? numbersOf(await reserved(repo, id, from));
        numbers = undefined;
        if (!given) throw new Overtaken();
        return given;
      };
      let appended: Appended;
      try {
        appended = await appending.append(before, chunk, id, reserve);
      } catch (error) {
        if (error instanceof Overtaken) return undefined;
        throw error;
      }
      const checkpoint = chunk.checkpoint();
      const after = await advance(repo, id, from, (session) => {
        if (session.phase || session.staged.parts?.key !== before.parts?.key || session.staged.tail?.key !== before.tail?.key)
          return undefined;
        const { digest: _, ...rest } = session;
        return { ...rest, ...checkpoint, version: session.version + 1, staged: merged(appended.staged, session.staged) };
      });
      if (!after) {
        await appended.undo();
        return undefined;
      }
      if (appended.staged !== before) {
        await drop(before.tail, appended.staged.tail?.key).catch(() => {
          // The bytes are appended, whatever became of their copy: nothing names it any more.
        });
      }
      return told(after);
    },

    read: async (repo, id, at) => {
      const phase: Phase = { does: 'seal' };
      let held = await current(repo, id);
      if (held?.session.staged.parts) {
        const sealing = held.session.phase ? undefined : await sessions.replace(id, held, { ...held.session, phase });
        held = (sealing && (await finishSealing(id, sealing))) ?? (await current(repo, id));
      }
      if (held?.session.repository !== repo) return undefined;
      if (standsAt(held, at)) seen.set(at, held);
      const { tail } = held.session.staged;
      if (!tail) return none();
      return streamOf(store, tail.key, { first: 0, last: at.offset - 1 });
    },

    commit: async (repo, id, at, digest: Digest) => {
      const publishing = await advance(repo, id, at, (session) => ({ ...session, phase: { does: 'publish', as: digest } }));
      if (!publishing) return (await contents.find(repo, digest)) !== undefined;
      const { staged, offset } = publishing.session;
      const place = await sealed(store, staged, offset, id).catch(async (error: unknown) => {
        // Whoever published before may have found the same bytes elsewhere, and dropped these.
        if (!(await contents.find(repo, digest))) throw error;
        return undefined;
      });
      if (place) await contents.publish(repo, digest, place);
      await drop(staged.tail, place?.key);
      await sessions.remove(id);
      return true;
    },

    delete: async (repo, id) => {
      for (;;) {
        const left = await sessions.find(id);
        // Someone ended it, and perhaps did not come to the end of that.
        if (left?.session.phase?.does === 'end') await discard(id, left.session);
        const held = await current(repo, id);
        // What is being published is as good as gone.
        if (!held || held.session.phase) return false;
        if (await cancel(id, held)) return true;
      }
    },

    expire: async (before) => {
      let ended = 0;
      for await (const { name, written } of store.list(sessionsPrefix)) {
        const id = sessionAt(name);
        if (id === undefined || written === undefined || endOf(written) >= before) continue;
        const held = await sessions.find(id);
        if (!held) continue;
        if (held.session.phase?.does === 'publish' && endOf(written, publication) >= before) continue;
        if (await isPublished(id, held.session)) await sessions.remove(id);
        else if ((await cancel(id, held)) && held.session.phase?.does !== 'end') ended++;
      }
      for await (const multipart of store.multiparts(dataPrefix())) {
        const id = uploadOfData(multipart.key);
        const owned = id !== undefined && (await store.size(sessionKey(id))) !== undefined;
        if (!owned && multipart.begun < before) await store.abort(multipart);
      }
      return ended;
    },
  };
}

/** The end of the second that a store wrote in: it says no more of when that was. */
const endOf = (written: Date, more = 0): Date => new Date(written.getTime() + 1000 + more);

/** How long somebody may take to publish an upload, in milliseconds, before nobody counts on him any more. */
const publication = 3_600_000;

/** The same bytes, with more numbers reserved. */
function widened({ parts, ...staged }: Staged): Staged {
  return parts ? { ...staged, parts: { ...parts, reserved: parts.reserved + stride } } : staged;
}

/** The numbers that were reserved last. */
function numbersOf(held: Held | undefined): Numbers | undefined {
  const last = held?.session.staged.parts?.reserved;
  return last === undefined ? undefined : { first: last - stride + 1, last };
}

/** Numbers that others reserved meanwhile stay reserved. */
function merged(mine: Staged, now: Staged): Staged {
  if (!mine.parts) return mine;
  return { ...mine, parts: { ...mine.parts, reserved: Math.max(mine.parts.reserved, now.parts?.reserved ?? 0) } };
}

async function* none(): AsyncGenerator<Uint8Array> {}
