/** Tarsums over HTTP: hostile archives get a 400 however they come and leave nothing, and only so many are computed at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Tarsum } from '../../../lib/api/formats.ts';
import { createSlots } from '../../../lib/legacy/tarsum/slots.ts';
import { createTarsumVerifier } from '../../../lib/legacy/tarsum/verifier.ts';
import { archive, tarsums } from '../../../lib/testing/exchanges/archives.ts';
import { step, upload } from '../../../lib/testing/exchanges/given.ts';
import { startRegistry } from '../../../lib/testing/fixture/index.ts';
import { overrideDriver } from '../../../lib/testing/override-driver.ts';
import { play } from '../../../lib/testing/wire/play.ts';
import { expectStatus, send } from '../../support/client.ts';
import { refused } from '../../support/legacy/tarsum-refused.ts';
import { connectTo } from '../../support/socket.ts';

const name = encodeURIComponent(tarsums.v1);
const invalid = { status: 400, code: 'DIGEST_INVALID' } as const;

describe('an archive that has no tarsum', () => {
  it.each(refused)('(%s) is refused in one request and in two, and nothing of it is there', async (_, bytes) => {
    const steps = [
      step('POST', `/v2/a/blobs/uploads/?digest=${name}`, invalid, { body: bytes }),
      ...upload('a'),
      step('PATCH', '{location}', { status: 202 }, { body: bytes }),
      step('PUT', `{upload}?digest=${name}`, invalid),
      step('GET', `/v2/a/blobs/${tarsums.v1}`, { status: 404 }),
      step('GET', '/v2/_catalog', { status: 200, body: { repositories: [] } }),
    ];
    await play({ name: 'refused', options: { legacy: { tarsum: true } }, steps }, memoryDriver());
  });
});

describe('the bytes of a blob', () => {
  const bytes = archive();
  const closed = (body = '') => step('PUT', `{upload}?digest=${name}`, { status: 201 }, { body });

  it.each([
    ['they come with their tarsum', [step('POST', `/v2/a/blobs/uploads/?digest=${name}`, { status: 201 }, { body: bytes })]],
    ['all of them come with the closing request', [...upload('a'), closed(bytes)]],
    ['they came before their tarsum', [...upload('a', bytes), closed()]],
    ['some of them came before it', [...upload('a', bytes.slice(0, 700)), closed(bytes.slice(700))]],
  ])('are read again once when %s', async (_, steps) => {
    const driver = memoryDriver();
    let reads = 0;
    const uploads: typeof driver.uploads = {
      ...driver.uploads,
      read: (...asked) => {
        reads++;
        return driver.uploads.read(...asked);
      },
    };
    await play({ name: 'read again', options: { legacy: { tarsum: true } }, steps }, { ...driver, uploads });
    expect(reads).toBe(1);
  });
});

const options = { legacy: { tarsum: true } };
const push = { method: 'POST', path: `/v2/a/blobs/uploads/?digest=${name}`, body: archive() };

/** Something to wait for until it is opened. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

/** A client that announces a blob, sends its first byte and then nothing. */
async function stall(url: string): Promise<void> {
  const socket = await connectTo(url);
  socket.write(`POST ${push.path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\nf`);
}

describe('tarsums that are computed', () => {
  it('are not waited for behind clients that have not sent their bytes', async () => {
    const begun = gate();
    const memory = memoryDriver();
    let appends = 0;
    const driver = overrideDriver(memory, {
      uploads: {
        append: (...given) => {
          if (++appends === 20) begun.open();
          return memory.uploads.append(...given);
        },
      },
    });
    await using registry = await startRegistry({ driver, options });
    for (let client = 0; client < 20; client++) await stall(registry.url);
    await begun.opened;
    const started = performance.now();
    await expectStatus(201, registry.url, push);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('are eight at once; a ninth waits for some seconds, and is then told when to come back', { timeout: 20_000 }, async () => {
    const memory = memoryDriver();
    const storage = gate();
    const driver = overrideDriver(memory, {
      uploads: {
        read: async (...given) => {
          await storage.opened;
          return memory.uploads.read(...given);
        },
      },
    });
    await using registry = await startRegistry({ driver, options });
    const eight = Array.from({ length: 8 }, () => send(registry.url, push));
    await sleep(100);
    const started = performance.now();
    const { status, headers } = await send(registry.url, push);
    expect({ status, after: headers['retry-after'] }).toEqual({ status: 503, after: '5' });
    expect(performance.now() - started).toBeGreaterThan(3_000);
    const late = send(registry.url, push);
    storage.open();
    for (const reply of [...eight, late]) expect((await reply).status).toBe(201);
  });

  it('make room again where they are refused', async () => {
    const claim = createTarsumVerifier();
    const refusedOnce = () =>
      claim(tarsums.v1 as string as Tarsum).verifying(async ({ update }) => {
        update(Buffer.alloc(512, 'x'));
      });
    for (let round = 0; round < 10; round++) await expect(refusedOnce()).rejects.toMatchObject({ code: 'DIGEST_INVALID' });
  });
});

describe('slots', () => {
  it('go to those who wait, the oldest first, and never to more than there are', async () => {
    const slots = createSlots(2, 5_000, () => new Error('busy'));
    const order: number[] = [];
    const seen = { running: 0, most: 0 };
    const use = (index: number) =>
      slots.lend(async () => {
        order.push(index);
        seen.most = Math.max(seen.most, ++seen.running);
        await sleep(2);
        seen.running -= 1;
      });
    await Promise.all(Array.from({ length: 20 }, (_, index) => use(index)));
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(seen.most).toBe(2);
  });

  it('are lost to nobody who gave up waiting', async () => {
    const slots = createSlots(1, 20, () => new Error('busy'));
    const held = gate();
    const first = slots.lend(async () => {
      await held.opened;
      return 'first';
    });
    await expect(slots.lend(async () => 'second')).rejects.toThrow('busy');
    const third = slots.lend(async () => 'third');
    held.open();
    expect(await first).toBe('first');
    expect(await third).toBe('third');
    expect(await slots.lend(async () => 'fourth')).toBe('fourth');
  });
});
