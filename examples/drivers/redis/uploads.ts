/** Uploads that are under way. */
import { randomUUID } from 'node:crypto';
import type { UploadStore } from 'stowage';
import { readDigest } from 'stowage';
import { piecesOf, stream } from './content.ts';
import { type Store, script } from './store.ts';
import { read } from './text.ts';

/** How far ahead an append touches its upload: an expiry at any instance leaves it alone for as long. */
const leaseMs = 600_000;
/** How many uploads one step of an expiry ends: others wait for each step. */
const expiredAtOnce = 100;

const create = script(`
  local id, repo, offset, digest = unpack(ARGV)
  redis.call('HSET', key('upload', id), 'repo', repo, 'offset', offset, 'digest', digest)
  touch(id, 0)
`);

const renewLease = script(`
  local id, repo, offset, lease = unpack(ARGV)
  if stands(id, repo, offset) then touch(id, lease) end
`);

/** Stores a piece, which counts for nothing yet. */
const stage = script(`
  local id, repo, offset, lease, append, index, bytes = unpack(ARGV)
  if not stands(id, repo, offset) then return 0 end
  touch(id, lease)
  redis.call('SADD', key('staged', id), append)
  redis.call('HSET', key('bytes', append), index, bytes)
  return 1
`);

/** Makes all pieces of an append count. Of two from one place, the second finds that the upload has moved. */
const finish = script(`
  local id, repo, offset, append, next, digest = unpack(ARGV)
  if not stands(id, repo, offset) then return 0 end
  if redis.call('SREM', key('staged', id), append) == 1 then redis.call('ZADD', key('parts', id), offset, append) end
  redis.call('HSET', key('upload', id), 'offset', next, 'digest', digest)
  touch(id, 0)
  return 1
`);

const discard = script(`
  local id, append = unpack(ARGV)
  if redis.call('SREM', key('staged', id), append) == 1 then redis.call('UNLINK', key('bytes', append)) end
`);

const commit = script(`
  local id, repo, offset, digest = unpack(ARGV)
  if not stands(id, repo, offset) then return redis.call('SISMEMBER', key('held', repo), digest) end
  forget(id)
  if redis.call('EXISTS', key('blob', digest)) == 1 then
    drop(id)
  else
    drop_staged(id)
    redis.call('HSET', key('blob', digest), 'size', offset, 'content', id)
  end
  hold(repo, digest)
  return 1
`);

const remove = script(`
  local id, repo = unpack(ARGV)
  if redis.call('HGET', key('upload', id), 'repo') ~= repo then return 0 end
  forget(id)
  drop(id)
  return 1
`);

const expire = script(`
  local since, most = unpack(ARGV)
  local stale = redis.call('ZRANGE', key('uploads'), '-inf', '(' .. since, 'BYSCORE', 'LIMIT', 0, most)
  for _, id in ipairs(stale) do
    forget(id)
    drop(id)
  end
  return #stale
`);

/** The uploads at a server. Times are by its clock. */
export function uploadsIn(store: Store): UploadStore {
  const { key, send, run } = store;
  return {
    async create(repo, id, start) {
      await run(create, id, repo, start.offset, start.digest ?? '');
      return start;
    },

    async get(repo, id) {
      const fields = ['repo', 'offset', 'digest'];
      const [owner, offset, digest] = await send<(Buffer | null)[]>('HMGET', key('upload', id), ...fields);
      if (owner?.toString() !== repo) return undefined;
      return { offset: Number(offset), ...(digest?.length && { digest: read(readDigest, digest) }) };
    },

    async append(repo, id, from, chunk) {
      const append = randomUUID();
      const upload = [id, repo, from.offset] as const;
      let renewal = 0;
      const keepLease = async (): Promise<void> => {
        if (performance.now() < renewal) return;
        renewal = performance.now() + leaseMs / 2;
        await run(renewLease, ...upload, leaseMs);
      };
      let counts = false;
      try {
        let index = 0;
        await keepLease();
        for await (const bytes of piecesOf(chunk, keepLease)) {
          if ((await run<number>(stage, ...upload, leaseMs, append, index++, bytes)) === 0) return undefined;
        }
        const next = chunk.checkpoint();
        counts = (await run<number>(finish, ...upload, append, next.offset, next.digest ?? '')) === 1;
        return counts ? next : undefined;
      } finally {
        // What cannot be dropped now goes with the upload. The error that led here, if any, matters more.
        if (!counts) await run(discard, id, append).catch(() => undefined);
      }
    },

    async read(repo, id, at) {
      const owner = await send<Buffer | null>('HGET', key('upload', id), 'repo');
      return owner?.toString() === repo ? stream(store, id, { first: 0, last: at.offset - 1 }) : undefined;
    },

    commit: async (repo, id, at, digest) => (await run<number>(commit, id, repo, at.offset, digest)) === 1,

    delete: async (repo, id) => (await run<number>(remove, id, repo)) === 1,

    async expire(before) {
      // One clock decides: that of the server. By what the reply took to come, an upload looks younger here, never older.
      const [seconds, microseconds] = await send<[Buffer, Buffer]>('TIME');
      const now = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
      const since = now - (Date.now() - before.getTime());
      for (let ended = 0; ; ) {
        const more = await run<number>(expire, since, expiredAtOnce);
        ended += more;
        if (more < expiredAtOnce) return ended;
      }
    },
  };
}
