/** Blobs, and the repositories that hold them. A digest is stored once, whichever do. */
import type { BlobStore } from 'stowage';
import { stream } from './content.ts';
import { type Store, script } from './store.ts';

const find = script(`
  local repo, digest = ARGV[1], ARGV[2]
  if redis.call('SISMEMBER', key('held', repo), digest) == 0 then return nil end
  return redis.call('HMGET', key('blob', digest), 'size', 'content')
`);

const remove = script(`
  local repo, digest = ARGV[1], ARGV[2]
  if redis.call('SREM', key('held', repo), digest) == 0 then return 0 end
  redis.call('SREM', key('holders', digest), repo)
  forget_if_empty(repo)
  if redis.call('EXISTS', key('holders', digest)) == 0 then
    drop(redis.call('HGET', key('blob', digest), 'content'))
    redis.call('DEL', key('blob', digest))
  end
  return 1
`);

const mount = script(`
  local to, digest, from = ARGV[1], ARGV[2], ARGV[3]
  local holders = key('holders', digest)
  local held = from and redis.call('SISMEMBER', holders, from) or redis.call('EXISTS', holders)
  if held == 1 then hold(to, digest) end
  return held
`);

/** The blobs at a server. */
export function blobsIn(store: Store): BlobStore {
  const { key, send, run } = store;
  return {
    async get(repo, digest) {
      const found = await run<[size: Buffer, content: Buffer] | null>(find, repo, digest);
      if (!found) return undefined;
      const [size, content] = [Number(found[0]), found[1].toString()];
      return {
        size,
        async open(range = { first: 0, last: size - 1 }) {
          const now = await send<Buffer | null>('HGET', key('blob', digest), 'content');
          return now?.toString() === content ? stream(store, content, range) : undefined;
        },
      };
    },

    async delete(repo, digest, signal) {
      signal?.throwIfAborted();
      return (await run<number>(remove, repo, digest)) === 1;
    },

    async mount(to, digest, from, signal) {
      signal?.throwIfAborted();
      return (await run<number>(mount, to, digest, ...(from === undefined ? [] : [from]))) === 1;
    },
  };
}
