/** A check of a real object store: whether it guarantees what the driver needs. */
import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { scratchKey } from '../tree/layout.ts';
import { honoursConditionalDeletes } from './condition-check.ts';
import { createDirectCalls, type DirectCalls } from './direct.ts';
import { smallestPart } from './part-plan.ts';
import { createStore, type Store } from './store.ts';
import { streamObject } from './streams.ts';

/** A guarantee of the store that the driver or one of its options needs. */
export interface Guarantee {
  readonly name: string;
  readonly holds: boolean;
  /** `always`: the driver is wrong without it. `for redirect`: only that option is. `never`: it is reported for information. */
  readonly needed: 'always' | 'for redirect' | 'never';
  /** What the store did instead, if the guarantee does not hold. */
  readonly why?: string;
}

interface Check {
  readonly name: string;
  readonly needed: Guarantee['needed'];
  /** What is wrong; undefined if nothing is. */
  run(store: Store, key: string, direct: DirectCalls): Promise<string | undefined>;
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
        if ((await readText(store, key)) !== round) return `the write of ${round} was not seen`;
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
      return exactlyOne(written);
    },
  },
  {
    name: 'of twenty that replace one object, one does',
    needed: 'always',
    run: async (store, key) => {
      const etag = await store.write(key, Buffer.from('before'));
      if (etag === undefined) return 'nothing was written';
      return exactlyOne(await Promise.all(racers.map((bytes) => store.write(key, bytes, { when: { ifMatch: etag } }))));
    },
  },
  {
    name: 'an object is deleted only if it is the one that is named',
    needed: 'never',
    run: async (store) =>
      (await honoursConditionalDeletes(store))
        ? undefined
        : 'another one was deleted; so the driver empties what it deletes, and leaves the empty object there',
  },
  {
    name: 'keys are listed in byte order, page by page and from any key on',
    needed: 'always',
    run: async (store, key, direct) => {
      const names = ['B', '_', 'a', 'a-b', 'a.b', 'b'];
      await Promise.all(names.map((name) => store.write(`${key}/${name}`, Buffer.from(name))));
      const paged = await direct.listNames(`${key}/`);
      const listed: string[] = [];
      for await (const { name } of store.list(`${key}/`, '_')) listed.push(name);
      await Promise.all(names.map((name) => store.delete(`${key}/${name}`)));
      return differs(paged, names) ?? differs(listed, names.slice(2));
    },
  },
  {
    name: 'a part of an object can be read',
    needed: 'always',
    run: async (store, key) => {
      await store.write(key, Buffer.from(text));
      const bytes = await streamObject(store, key, { first: 8, last: 14 });
      const buffers: Uint8Array[] = [];
      for await (const buffer of bytes ?? []) buffers.push(buffer);
      return String(Buffer.concat(buffers)) === text.slice(8, 15) ? undefined : 'other bytes came';
    },
  },
  {
    name: 'an object is made of parts, which are sent or copied',
    needed: 'always',
    run: async (store, key) => {
      const source = `${key}-source`;
      await store.write(source, Buffer.from(text));
      const multipart = await store.beginMultipart(key);
      try {
        const first = await store.uploadPart(multipart, 3, Buffer.alloc(smallestPart));
        const last = await store.copyPart(multipart, 70, source, { first: 8, last: 14 });
        if (!first || !last || !(await store.completeMultipart(multipart, [first, last]))) return 'the multipart upload is gone';
        return (await store.size(key)) === smallestPart + 7 ? undefined : 'the object has another size';
      } finally {
        await store.abortMultipart(multipart);
        await store.delete(source);
      }
    },
  },
  {
    name: 'a multipart upload is listed while it is open, and takes nothing once it was aborted',
    needed: 'always',
    run: async (store, key) => {
      const multipart = await store.beginMultipart(key);
      const open: string[] = [];
      for await (const { id } of store.listMultiparts(key)) open.push(id);
      await store.abortMultipart(multipart);
      if (!open.includes(multipart.id)) return 'it was not listed';
      return (await store.uploadPart(multipart, 1, Buffer.from(text))) ? 'it took a part' : undefined;
    },
  },
  {
    name: 'a signed URL gives an object',
    needed: 'for redirect',
    run: async (store, key, direct) => {
      await store.write(key, Buffer.from(text));
      const response = await fetch(await direct.signUrl(key), { signal: AbortSignal.timeout(10_000) });
      return (await response.text()) === text ? undefined : `it gave ${response.status}`;
    },
  },
  {
    name: 'parts become an object only if there is none at their key',
    // The driver completes each multipart upload to a new random key, which no other request uses.
    needed: 'never',
    run: async (store, key, direct) => {
      await store.write(key, Buffer.from('before'));
      const multipart = await store.beginMultipart(key);
      try {
        const part = await store.uploadPart(multipart, 1, Buffer.from(text));
        if (!part) return 'the multipart upload is gone';
        return (await direct.completeIfAbsent(multipart, part)) ? 'they took the place of another' : undefined;
      } finally {
        await store.abortMultipart(multipart);
      }
    },
  },
];

const differs = (found: readonly string[], expected: readonly string[]): string | undefined =>
  found.join() === expected.join() ? undefined : `${found.join()} came for ${expected.join()}`;

const readText = async (store: Store, key: string): Promise<string | undefined> => {
  const found = await store.read(key);
  return found && Buffer.from(found.bytes).toString();
};

const exactlyOne = (written: readonly (string | undefined)[]): string | undefined => {
  const count = written.filter((etag) => etag !== undefined).length;
  return count === 1 ? undefined : `${count} did`;
};

/**
 * Checks each guarantee on a store, with some objects below `scratch/` that are deleted afterwards. Throws nothing: an error
 * means that the guarantee does not hold. If the first check ends in an error, the store cannot be reached or written to, and
 * the other checks are left out.
 */
export async function checkStore(client: S3Client, bucket: string, prefix: string): Promise<readonly Guarantee[]> {
  const store = createStore(client, bucket, prefix);
  const direct = createDirectCalls(client, bucket, prefix);
  const found: Guarantee[] = [];
  for (const { name, needed, run } of checks) {
    const key = scratchKey(randomUUID());
    const { why, failed } = await run(store, key, direct).then(
      (wrong) => ({ why: wrong, failed: false }),
      (error: unknown) => ({ why: String(error), failed: true }),
    );
    await store.delete(key).catch(() => {
      // The check of deletions reports a store that does not delete.
    });
    found.push({ name, needed, holds: why === undefined, ...(why !== undefined && { why }) });
    if (failed && found.length === 1) break;
  }
  return found;
}
