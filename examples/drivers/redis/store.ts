/** A Redis (or Valkey) server: commands, scripts, and failures as the contract has them. */
import { createHash } from 'node:crypto';
import { createClient, ErrorReply, RESP_TYPES, type RedisClientOptions, type RedisClientType } from 'redis';
import { type FaultKind, StorageFault } from 'stowage';

/** What the driver uses of a client that is handed in. */
export type CommandSender = Pick<RedisClientType, 'sendCommand'>;

type Argument = string | number | Uint8Array;

/** The server, as the stores use it. What it throws is a `StorageFault`. */
export interface Store {
  /** The name of a key: the prefix of all keys of this registry, then these parts. */
  key(...parts: readonly string[]): string;
  /** Sends a command. What comes back as a string is a `Buffer`, and what is absent null. */
  send<Reply>(command: string, ...values: readonly Argument[]): Promise<Reply>;
  /** Runs a script with these values as its `ARGV`. Redis runs one at a time, so all that it does is one step for all others. */
  run<Reply>(script: Script, ...values: readonly Argument[]): Promise<Reply>;
  /** Ends the connection that this driver has made; a client that was handed in stays with its owner. */
  close(): Promise<void>;
}

/** A script in Lua, and the digest by which the server knows it. */
export interface Script {
  readonly source: string;
  readonly sha1: string;
}

/** What scripts share. They compute the names of keys, which a cluster allows only if the prefix has a hash tag, as in `{stowage}:`. */
const shared = `
  local function key(...) return KEYS[1] .. table.concat({ ... }, ':') end
  -- Milliseconds, by the clock that all instances share.
  local function now() local time = redis.call('TIME') return time[1] * 1000 + math.floor(time[2] / 1000) end
  -- Lets a repository hold a blob.
  local function hold(repo, digest)
    redis.call('SADD', key('held', repo), digest)
    redis.call('SADD', key('holders', digest), repo)
    redis.call('ZADD', key('repositories'), 0, repo)
  end
  -- A repository exists while it holds a manifest or a blob.
  local function forget_if_empty(repo)
    if redis.call('EXISTS', key('held', repo), key('manifests', repo)) == 0 then
      redis.call('ZREM', key('repositories'), repo)
    end
  end
  -- Drops what appends have brought that are not done, or that died.
  local function drop_staged(content)
    for _, append in ipairs(redis.call('SMEMBERS', key('staged', content))) do redis.call('UNLINK', key('bytes', append)) end
    redis.call('DEL', key('staged', content))
  end
  -- Drops all bytes of a content.
  local function drop(content)
    drop_staged(content)
    for _, append in ipairs(redis.call('ZRANGE', key('parts', content), 0, -1)) do redis.call('UNLINK', key('bytes', append)) end
    redis.call('DEL', key('parts', content))
  end
  -- Whether an upload is there, and stands where the caller thinks.
  local function stands(id, repo, offset)
    local upload = redis.call('HMGET', key('upload', id), 'repo', 'offset')
    return upload[1] == repo and upload[2] == offset
  end
  local function touch(id, lease) redis.call('ZADD', key('uploads'), now() + lease, id) end
  local function forget(id)
    redis.call('DEL', key('upload', id))
    redis.call('ZREM', key('uploads'), id)
  end
`;

/** A script of these lines, which may use what all scripts share. */
export function script(lines: string): Script {
  const source = shared + lines;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** How long a command may wait for a connection, in milliseconds. Redis has begun none of those that waited for longer. */
const timeout = 10_000;
const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** The server that a client leads to, or the settings of one that is then made. All keys begin with `prefix`. */
export function openStore(where: CommandSender | RedisClientOptions, prefix: string): Store {
  const { sender, close } = 'sendCommand' in where ? { sender: where, close: async () => undefined } : connectWhenNeeded(where);
  const send = async <Reply>(command: string, ...values: readonly Argument[]): Promise<Reply> => {
    try {
      return await sender.sendCommand<Reply>([command, ...values.map(encode)], { timeout, typeMapping });
    } catch (error) {
      throw faultOf(error);
    }
  };
  return {
    key: (...parts) => prefix + parts.join(':'),
    send,
    run: (script, ...values) =>
      send<never>('EVALSHA', script.sha1, 1, prefix, ...values).catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error;
        return send('EVAL', script.source, 1, prefix, ...values);
      }),
    close,
  };
}

/** A client that connects with its first command, and again whenever the connection breaks, until it is closed. */
function connectWhenNeeded(options: RedisClientOptions): { sender: CommandSender; close: () => Promise<undefined> } {
  const client: RedisClientType = createClient(options as object);
  // Without a listener, a connection that breaks ends the process. Commands that wait for a new one fail in time.
  client.on('error', () => undefined);
  let closed = false;
  const sendCommand: CommandSender['sendCommand'] = async (...command) => {
    // A connection that a late command opened would have nobody left to close it, and keep the process alive.
    if (closed) throw new Error('the driver is closed');
    if (!client.isOpen) client.connect().catch(() => undefined);
    return client.sendCommand(...command);
  };
  return {
    sender: { sendCommand },
    close: async () => {
      closed = true;
      if (client.isOpen) await client.close();
    },
  };
}

/** Bytes go as they are, without a copy. */
function encode(value: Argument): string | Buffer {
  if (!(value instanceof Uint8Array)) return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** By the first word of what Redis answers. Without one that is named here, the storage is broken. */
const kinds: Readonly<Record<string, FaultKind>> = {
  OOM: 'full', // as much as maxmemory allows
  BUSY: 'busy', // with a script of others
  LOADING: 'busy', // its data, as it has just been started
  MASTERDOWN: 'busy',
  READONLY: 'busy', // a replica, until it is made the new master
  NOREPLICAS: 'busy',
  TRYAGAIN: 'busy',
};

/** The failure of the storage in the words of the contract. */
function faultOf(error: unknown): StorageFault {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ErrorReply)) return new StorageFault('busy', `no connection: ${message}`, { cause: error });
  return new StorageFault(kinds[message.split(' ', 1)[0] ?? ''] ?? 'broken', message, { cause: error });
}

/** Whether the server has not seen a script yet, or has forgotten it: it has been started since. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof StorageFault && error.message.startsWith('NOSCRIPT');
}
