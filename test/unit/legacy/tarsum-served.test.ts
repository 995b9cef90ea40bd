/** Tarsums over HTTP: hostile archives get a 400 however they come and leave nothing, and only so many are computed at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Tarsum } from '../../../lib/api/formats.ts';
import { createTarsumVerifier } from '../../../lib/legacy/tarsum/verifier.ts';
import { archive, tarsums } from '../../../lib/testing/exchanges/archives.ts';
import { step, upload } from '../../../lib/testing/exchanges/given.ts';
import { play } from '../../../lib/testing/wire/play.ts';
import { refused } from '../../support/legacy/tarsum-refused.ts';

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
    [
      'not when they come with their tarsum',
      0,
      [step('POST', `/v2/a/blobs/uploads/?digest=${name}`, { status: 201 }, { body: bytes })],
    ],
    ['not when all of them come with the closing request', 0, [...upload('a'), closed(bytes)]],
    ['once when they came before their tarsum', 1, [...upload('a', bytes), closed()]],
    ['once when some of them came before it', 1, [...upload('a', bytes.slice(0, 700)), closed(bytes.slice(700))]],
  ])('are read again %s', async (_, times, steps) => {
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
    expect(reads).toBe(times);
  });
});

describe('tarsums that are computed', () => {
  it('are eight at once; the ninth is asked to come back, and served when one is done', async () => {
    const claim = createTarsumVerifier();
    const of = (wait: number) =>
      claim(tarsums.v1 as string as Tarsum).verifying(async ({ update, verify }) => {
        update(Buffer.from(archive()));
        await sleep(wait);
        verify();
        return 'verified';
      });
    const first = of(5);
    const others = Array.from({ length: 7 }, () => of(50));
    await expect(of(0)).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, headers: { 'Retry-After': '5' } });
    expect(await first).toBe('verified');
    expect(await of(0)).toBe('verified');
    expect(await Promise.all(others)).toEqual(others.map(() => 'verified'));
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
