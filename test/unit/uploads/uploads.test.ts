/** Uploads over several requests, processes and algorithms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Algorithm, Digest, RepositoryName } from '../../../lib/api/formats.ts';
import { digestOf } from '../../../lib/content/digest.ts';
import type { Driver } from '../../../lib/driver.ts';
import { type Body, BodyBroken } from '../../../lib/uploads/body.ts';
import { createUploads } from '../../../lib/uploads/uploads.ts';

const caller = new AbortController();

const repo = 'a' as RepositoryName;
const most = 1_000_000;

/** A body of some pieces; with `breaks`, its connection is lost after them. */
function bodyOf(pieces: readonly Uint8Array[], breaks = false): Body {
  return {
    length: undefined,
    interrupt: () => {},
    wasLost: false,
    read: async function* (take = () => {}) {
      for (const piece of pieces) {
        take(piece);
        yield [piece];
      }
      if (breaks) throw new BodyBroken();
    },
  };
}

async function contentOf(driver: Driver, digest: Digest): Promise<Buffer | undefined> {
  const bytes = await (await driver.blobs.get(repo, digest))?.open();
  if (!bytes || bytes instanceof Uint8Array) return bytes && Buffer.from(bytes);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

const algorithm = fc.constantFrom<Algorithm>('sha256', 'sha384', 'sha512');
const piece = fc.uint8Array({ maxLength: 20 });
/** A request: its pieces, whether its connection breaks, and which of two processes it comes to. */
const sent = fc.record({ pieces: fc.array(piece, { maxLength: 4 }), breaks: fc.boolean(), process: fc.nat(1) });

describe('an upload', () => {
  it('is published with all that came, however it was cut up, wherever it went, in whichever algorithm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { maxLength: 6 }), sent, algorithm, algorithm, async (requests, last, begun, closed) => {
        const driver = memoryDriver();
        const processes = [createUploads(driver, most), createUploads(driver, most)] as const;
        const { id } = await processes[0].start(repo, begun);
        for (const { pieces, breaks, process } of requests) {
          const at = await processes[process as 0 | 1].find(repo, id);
          if (at) await processes[process as 0 | 1].append(repo, id, at, { body: bodyOf(pieces, breaks) });
        }
        const whole = Buffer.concat([...requests, last].flatMap(({ pieces }) => pieces));
        const digest = digestOf(whole, closed);
        const at = await processes[last.process as 0 | 1].find(repo, id);
        if (!at) expect.fail('the upload is gone before its last request');
        const publisher = processes[last.process as 0 | 1].publisher(digest, caller);
        expect(await publisher.complete(repo, id, at, { body: bodyOf(last.pieces) })).toBe(digest);
        expect(await contentOf(driver, digest)).toEqual(whole);
        expect(await processes[0].find(repo, id)).toBeUndefined();
      }),
    );
  });

  it('never publishes under a digest that is not its own', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1 }), algorithm, algorithm, async (pieces, begun, closed) => {
        const driver = memoryDriver();
        const uploads = createUploads(driver, most);
        const { id, at } = await uploads.start(repo, begun);
        await uploads.append(repo, id, at, { body: bodyOf(pieces) });
        const stands = await uploads.find(repo, id);
        const wrong = digestOf(Buffer.from('something else'), closed);
        if (!stands) expect.fail('the upload is gone after its append');
        await expect(uploads.publisher(wrong, caller).publish(repo, id, stands)).rejects.toMatchObject({
          code: 'DIGEST_INVALID',
        });
        expect(await driver.blobs.get(repo, wrong)).toBeUndefined();
        expect((await uploads.find(repo, id))?.offset).toBe(stands.offset);
      }),
    );
  });

  it('is read again only where nobody kept its digest', async () => {
    let reads = 0;
    const memory = memoryDriver();
    const driver: Driver = {
      ...memory,
      uploads: {
        ...memory.uploads,
        read: (...asked) => {
          reads++;
          return memory.uploads.read(...asked);
        },
      },
    };
    const uploads = createUploads(driver, most);
    const { id, at } = await uploads.start(repo, 'sha256');
    const first = await uploads.append(repo, id, at, { body: bodyOf([Buffer.from('hello ')]) });
    if (!first) throw new Error('the first append was refused, although nothing else changes the upload');
    const second = await uploads.append(repo, id, first.at, { body: bodyOf([Buffer.from('world')]) });
    if (!second) throw new Error('the second append was refused, although nothing else changes the upload');
    const digest = digestOf(Buffer.from('hello world'), 'sha256');
    expect(await uploads.publisher(digest, caller).publish(repo, id, second.at)).toBe(digest);
    expect(reads).toBe(0);
  });
});
