/** What an object store really does of what a registry leans on, asked before the first push. */
import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { scratchKey } from '../tree/layout.ts';
import { smallestPart } from './appending.ts';
import { type Direct, directIn } from './direct.ts';
import { streamOf } from './reading.ts';
import { type Store, storeIn } from './store.ts';

/** Something that a store may or may not do. */
export interface Guarantee {
  readonly name: string;
  readonly holds: boolean;
  /** Whether the driver is wrong without it, or only the option that is named, or neither: then it is told for the record. */
  readonly needed: 'always' | 'for redirect' | 'never';
  /** What came instead. */
  readonly why?: string;
}

interface Check {
  readonly name: string;
  readonly needed: Guarantee['needed'];
  /** Says what is wrong; undefined if nothing is. */
  run(store: Store, key: string, direct: Direct): Promise<string | undefined>;
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
    name: 'keys are listed in byte order, page by page and from any key on',
    needed: 'always',
    run: async (store, key, direct) => {
      const names = ['B', '_', 'a', 'a-b', 'a.b', 'b'];
      await Promise.all(names.map((name) => store.write(`${key}/${name}`, Buffer.from(name))));
      const paged = await direct.names(`${key}/`);
      const later: string[] = [];
      for await (const { name } of store.list(`${key}/`, '_')) later.push(name);
      await Promise.all(names.map((name) => store.delete(`${key}/${name}`)));
      return differs(paged, names) ?? differs(later, names.slice(2));
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
    name: 'an object is made of parts, which are sent or copied',
    needed: 'always',
    run: async (store, key) => {
      const source = `${key}-source`;
      await store.write(source, Buffer.from(text));
      const multipart = await store.begin(key);
      try {
        const first = await store.part(multipart, 3, Buffer.alloc(smallestPart));
        const last = await store.copiedPart(multipart, 70, source, { first: 8, last: 14 });
        if (!first || !(await store.complete(multipart, [first, last]))) return 'the multipart upload is gone';
        return (await store.size(key)) === smallestPart + 7 ? undefined : 'the object has another size';
      } finally {
        await store.abort(multipart);
        await store.delete(source);
      }
    },
  },
  {
    name: 'a multipart upload is listed while it is open, and takes nothing once it was aborted',
    needed: 'always',
    run: async (store, key) => {
      const multipart = await store.begin(key);
      const open: string[] = [];
      for await (const { id } of store.multiparts(key)) open.push(id);
      await store.abort(multipart);
      if (!open.includes(multipart.id)) return 'it was not listed';
      return (await store.part(multipart, 1, Buffer.from(text))) ? 'it took a part' : undefined;
    },
  },
  {
    name: 'a signed URL gives an object',
    needed: 'for redirect',
    run: async (store, key, direct) => {
      await store.write(key, Buffer.from(text));
      const response = await fetch(await direct.signed(key), { signal: AbortSignal.timeout(10_000) });
      return (await response.text()) === text ? undefined : `it gave ${response.status}`;
    },
  },
  {
    name: 'parts become an object only if there is none at their key',
    // Content has a key of its own each time, so that nobody else completes to it.
    needed: 'never',
    run: async (store, key, direct) => {
      await store.write(key, Buffer.from('before'));
      const multipart = await store.begin(key);
      try {
        const part = await store.part(multipart, 1, Buffer.from(text));
        if (!part) return 'the multipart upload is gone';
        return (await direct.completeNew(multipart, part)) ? 'they took the place of another' : undefined;
      } finally {
        await store.abort(multipart);
      }
    },
  },
];

const differs = (came: readonly string[], expected: readonly string[]): string | undefined =>
  came.join() === expected.join() ? undefined : `${came.join()} came for ${expected.join()}`;

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
 * It throws nothing: what a store refuses does not hold. Of one that cannot be reached, or takes nothing, the first check says so;
 * the others are left out.
 */
export async function checkStore(client: S3Client, bucket: string, prefix: string): Promise<readonly Guarantee[]> {
  const store = storeIn(client, bucket, prefix);
  const direct = directIn(client, bucket, prefix);
  const found: Guarantee[] = [];
  for (const { name, needed, run } of checks) {
    const key = scratchKey(randomUUID());
    const { why, failed } = await run(store, key, direct).then(
      (told) => ({ why: told, failed: false }),
      (error: unknown) => ({ why: String(error), failed: true }),
    );
    await store.delete(key).catch(() => {
      // What could not be deleted was not written either, or says so in the check of deletions.
    });
    found.push({ name, needed, holds: why === undefined, ...(why !== undefined && { why }) });
    if (failed && found.length === 1) break;
  }
  return found;
}
