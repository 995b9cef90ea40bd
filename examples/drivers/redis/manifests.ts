/** Manifests, tags, referrers and the list of repositories. */
import type { Descriptor, ManifestStore, Page } from 'stowage';
import { readDescriptor, readDigest, readMediaType, readRepositoryName, readTag } from 'stowage';
import { type Store, script } from './store.ts';
import { read } from './text.ts';

/** How many tags one step of a deletion takes: others wait for each step. */
const untaggedAtOnce = 1000;
/** A page of referrers ends with the entry that brings it to as many bytes: they may be large. */
const pageBytes = 2 ** 20;

const put = script(`
  local repo, digest, type, bytes, subject, referrer = unpack(ARGV)
  local manifest = key('manifest', repo, digest)
  redis.call('HSET', manifest, 'type', type, 'bytes', bytes)
  if subject then
    redis.call('HSET', manifest, 'subject', subject, 'referrer', referrer)
    redis.call('ZADD', key('referrers', repo, subject), 0, digest)
  end
  redis.call('SADD', key('manifests', repo), digest)
  redis.call('ZADD', key('repositories'), 0, repo)
`);

const describe = script(`
  local manifest = key('manifest', ARGV[1], ARGV[2])
  return { redis.call('HGET', manifest, 'type'), redis.call('HSTRLEN', manifest, 'bytes') }
`);

/** Takes a tag from the lists that it is in. */
const untagging = `
  local function untag(repo, tag, digest)
    redis.call('HDEL', key('targets', repo), tag)
    redis.call('ZREM', key('tags', repo), tag)
    redis.call('SREM', key('tagged', repo, digest), tag)
  end
`;

/** Takes some of the tags, or the manifest once it has none. -1: it was not there; else how many tags it took. */
const remove = script(`${untagging}
  local repo, digest, most = unpack(ARGV)
  local manifest = key('manifest', repo, digest)
  if redis.call('EXISTS', manifest) == 0 then return -1 end
  local tags = redis.call('SRANDMEMBER', key('tagged', repo, digest), most)
  for _, tag in ipairs(tags) do untag(repo, tag, digest) end
  if #tags > 0 then return #tags end
  local subject = redis.call('HGET', manifest, 'subject')
  if subject then redis.call('ZREM', key('referrers', repo, subject), digest) end
  redis.call('DEL', manifest)
  redis.call('SREM', key('manifests', repo), digest)
  forget_if_empty(repo)
  return 0
`);

/** Without an expected value it points the tag in any case; an empty one stands for no tag. */
const point = script(`${untagging}
  local repo, tag, digest, expected = unpack(ARGV)
  local now = redis.call('HGET', key('targets', repo), tag)
  if redis.call('EXISTS', key('manifest', repo, digest)) == 0 then return 0 end
  if expected and (now or '') ~= expected then return 0 end
  if now then untag(repo, tag, now) end
  redis.call('HSET', key('targets', repo), tag, digest)
  redis.call('ZADD', key('tags', repo), 0, tag)
  redis.call('SADD', key('tagged', repo, digest), tag)
  return 1
`);

const untag = script(`${untagging}
  local repo, tag, expected = unpack(ARGV)
  local now = redis.call('HGET', key('targets', repo), tag)
  if not now or (expected and now ~= expected) then return 0 end
  untag(repo, tag, now)
  return 1
`);

const listReferrers = script(`
  local repo, subject, after, limit, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
  local page, size = {}, 0
  for _, digest in ipairs(redis.call('ZRANGE', key('referrers', repo, subject), '(' .. after, '+', 'BYLEX', 'LIMIT', 0, limit)) do
    local referrer = redis.call('HGET', key('manifest', repo, digest), 'referrer')
    table.insert(page, referrer)
    size = size + #referrer
    if size >= most then break end
  end
  return page
`);

/** The manifests at a server. */
export function manifestsIn({ key, send, run }: Store): ManifestStore {
  /** A page of a sorted set whose members all have the score 0: they are in the order of their bytes. */
  const pageOf = (list: string, { after = '', limit }: Page): Promise<Buffer[]> =>
    send('ZRANGE', list, `(${after}`, '+', 'BYLEX', 'LIMIT', 0, limit);
  return {
    async get(repo, digest) {
      const fields = ['type', 'bytes', 'subject', 'referrer'];
      const found = await send<(Buffer | null)[]>('HMGET', key('manifest', repo, digest), ...fields);
      const [type, bytes, subject, referrer] = found;
      if (!type || !bytes) return undefined;
      return {
        digest,
        mediaType: read(readMediaType, type),
        bytes,
        ...(subject && { subject: read(readDigest, subject) }),
        ...(referrer && { referrer: descriptorIn(referrer) }),
      };
    },

    async describe(repo, digest) {
      const [type, size] = await run<[type: Buffer | null, size: number]>(describe, repo, digest);
      return type ? { mediaType: read(readMediaType, type), size } : undefined;
    },

    async put(repo, { digest, mediaType, bytes, subject, referrer }) {
      const about = subject && referrer ? [subject, JSON.stringify(referrer)] : [];
      await run(put, repo, digest, mediaType, bytes, ...about);
    },

    async delete(repo, digest, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const untagged = await run<number>(remove, repo, digest, untaggedAtOnce);
        if (untagged <= 0) return untagged === 0;
      }
    },

    async resolve(repo, tag) {
      const digest = await send<Buffer | null>('HGET', key('targets', repo), tag);
      return digest ? read(readDigest, digest) : undefined;
    },

    async tag(repo, tag, digest, expected) {
      const condition = expected === undefined ? [] : [expected ?? ''];
      return (await run<number>(point, repo, tag, digest, ...condition)) === 1;
    },

    async untag(repo, tag, expected) {
      return (await run<number>(untag, repo, tag, ...(expected === undefined ? [] : [expected]))) === 1;
    },

    async tags(repo, page, signal) {
      signal?.throwIfAborted();
      const tags = await pageOf(key('tags', repo), page);
      if (tags.length === 0 && (await send('ZSCORE', key('repositories'), repo)) === null) return undefined;
      return tags.map((tag) => read(readTag, tag));
    },

    async referrers(repo, subject, { after = '', limit }, signal) {
      signal?.throwIfAborted();
      return (await run<Buffer[]>(listReferrers, repo, subject, after, limit, pageBytes)).map(descriptorIn);
    },

    async repositories(page, signal) {
      signal?.throwIfAborted();
      return (await pageOf(key('repositories'), page)).map((repo) => read(readRepositoryName, repo));
    },
  };
}

/** The entry of a manifest in the list of referrers, as `put` stored it. */
const descriptorIn = (text: Buffer): Descriptor => read(readDescriptor, text);
