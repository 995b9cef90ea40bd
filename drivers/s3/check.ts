/** What an object store really does of what a registry leans on, asked before the first push. */
import { randomUUID } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { scratchKey } from '../layout.ts';
import { smallestPart } from './appending.ts';
import { streamOf } from './reading.ts';
import { type Store, storeIn } from './store.ts';

/** Something that a store may or may not do. */
export interface Guarantee {
  readonly name: string;
  readonly holds: boolean;
  /** Whether the driver is wrong without it, or only the option that is named. */
  readonly needed: 'always' | 'for redirect';
  /** What came instead. */
  readonly why?: string;
}

interface Check {
  readonly name: string;
  readonly needed: Guarantee['needed'];
  /** Says what is wrong; undefined if nothing is. */
  run(store: Store, key: string, sign: (key: string) => Promise<string>): Promise<string | undefined>;
}

const racers = Array.from({ length: 20 }, (_, index) => Buffer.from(`racer ${index}`));
const text = 'what is written is what is read';

const checks: readonly Check[] = [
  {
    name: 'what was written is read at once, and what was deleted is gone at once',
    needed: 'always',
    run: async (store, key) => {
      for (const round of ['one', 'two']) {
        await store.write(key, Buffer.from(round));
        if ((await textAt(store, key)) !== round) return `the write of ${round} was not seen`;
      }
      await store.delete(key);
      return (await store.read(key)) ? 'the deletion was not seen' : undefined;
    },
  },
  {
    name: 'of twenty that create one key, one does',
    needed: 'always',
    run: async (store, key) => {
      const written = await Promise.all(racers.map((bytes) => store.write(key, bytes, { when: 'absent' })));
      return oneOf(written);
    },
  },
  {
    name: 'of twenty that replace one object, one does',
    needed: 'always',
    run: async (store, key) => {
      const is = await store.write(key, Buffer.from('before'));
      if (is === undefined) return 'nothing was written';
      return oneOf(await Promise.all(racers.map((bytes) => store.write(key, bytes, { when: { is } }))));
    },
  },
  {
    name: 'an object is deleted only if it is the one that is named',
    needed: 'always',
    run: async (store, key) => {
      const old = await store.write(key, Buffer.from('old'));
      await store.write(key, Buffer.from('new'));
      await store.delete(key, old);
      return (await textAt(store, key)) === 'new' ? undefined : 'another one was deleted';
    },
  },
  {
    name: 'keys are listed in byte order, from any key on',
    needed: 'always',
    run: async (store, key) => {
      const names = ['B', '_', 'a', 'a-b', 'a.b', 'b'];
      await Promise.all(names.map((name) => store.write(`${key}/${name}`, Buffer.from(name))));
      const listed: string[] = [];
      for await (const { name } of store.list(`${key}/`, '_')) listed.push(name);
      await Promise.all(names.map((name) => store.delete(`${key}/${name}`)));
      return listed.join() === names.slice(2).join() ? undefined : `${listed.join()} came for ${names.slice(2).join()}`;
    },
  },
  {
    name: 'a part of an object can be read',
    needed: 'always',
    run: async (store, key) => {
      await store.write(key, Buffer.from(text));
      const bytes = await streamOf(store, key, { first: 8, last: 14 });
      const pieces: Uint8Array[] = [];
      for await (const piece of bytes ?? []) pieces.push(piece);
      return String(Buffer.concat(pieces)) === text.slice(8, 15) ? undefined : 'other bytes came';
    },
  },
  {
    name: 'an object is made of parts',
    needed: 'always',
    run: async (store, key) => {
      const multipart = await store.begin(key);
      const first = await store.part(multipart, 3, Buffer.alloc(smallestPart));
      const last = await store.part(multipart, 70, Buffer.from(text));
      if (!first || !last || !(await store.complete(multipart, [first, last]))) return 'the multipart upload is gone';
      return (await store.size(key)) === smallestPart + text.length ? undefined : 'the object has another size';
    },
  },
  {
    name: 'a signed URL gives an object',
    needed: 'for redirect',
    run: async (store, key, sign) => {
      await store.write(key, Buffer.from(text));
      const response = await fetch(await sign(key), { signal: AbortSignal.timeout(10_000) });
      return (await response.text()) === text ? undefined : `it gave ${response.status}`;
    },
  },
];

const textAt = async (store: Store, key: string): Promise<string | undefined> => {
  const found = await store.read(key);
  return found && Buffer.from(found.bytes).toString();
};

const oneOf = (written: readonly (string | undefined)[]): string | undefined => {
  const many = written.filter((etag) => etag !== undefined).length;
  return many === 1 ? undefined : `${many} did`;
};

/**
 * Asks a store for everything that the driver leans on, with some objects below `scratch/` that are deleted afterwards.
 * It throws nothing: what a store refuses does not hold.
 */
export async function checkStore(client: S3Client, bucket: string, prefix: string): Promise<readonly Guarantee[]> {
  const store = storeIn(client, bucket, prefix);
  const sign = async (key: string): Promise<string> => {
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    return getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: prefix + key }), { expiresIn: 60 });
  };
  const found: Guarantee[] = [];
  for (const { name, needed, run } of checks) {
    const key = scratchKey(randomUUID());
    const why = await run(store, key, sign).catch((error: unknown) => String(error));
    await store.delete(key).catch(() => {
      // What could not be deleted was not written either, or says so in the check of deletions.
    });
    found.push({ name, needed, holds: why === undefined, ...(why !== undefined && { why }) });
  }
  return found;
}
