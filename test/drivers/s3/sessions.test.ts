/** Upload sessions as they are read back: every field is checked. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSessions } from '../../../drivers/s3/sessions.ts';
import { isStorageFault, readUploadId } from '../../../lib/driver.ts';

const id = readUploadId(randomUUID()) ?? expect.unreachable();
const digest = `sha256:${'0'.repeat(64)}`;
const part = { number: 1, etag: '"1"', size: 8 };
const parts = { key: 'data/a/b', id: 'multipart', list: [part], reserved: 64 };
const session = {
  repository: 'library/sample',
  offset: 9,
  version: 1,
  digest,
  staged: { parts, tail: { key: 'data/a/c', size: 1 } },
};

/** What a store that has this text as the session gives. */
const found = (text: string) =>
  createSessions({
    read: async () => ({ bytes: Buffer.from(text), etag: '"e"' }),
    write: () => expect.unreachable(),
    delete: () => expect.unreachable(),
  }).find(id);

describe('a session', () => {
  it.each([
    ['of an upload with parts and a tail', session],
    ['of an upload that has no bytes', { repository: 'a', offset: 0, version: 0, staged: {} }],
    ['that is sealed', { ...session, phase: { does: 'seal' } }],
    ['that is published', { ...session, phase: { does: 'publish', as: digest } }],
    ['that has ended', { ...session, phase: { does: 'end' } }],
  ])('%s is read as it was written', async (_, written) => {
    expect(await found(JSON.stringify(written))).toEqual({ session: written, etag: '"e"' });
  });

  it.each([
    ['that is cut short', '{"repository":"a"'],
    ['without anything', '{}'],
    ['of no repository', { ...session, repository: '../a' }],
    ['with an offset below zero', { ...session, offset: -1 }],
    ['with a version in text', { ...session, version: '1' }],
    ['with half a digest', { ...session, digest: 'sha256:00' }],
    ['without its bytes', { ...session, staged: null }],
    ['with parts that have no key', { ...session, staged: { parts: { ...parts, key: undefined } } }],
    ['with a part that has no entity tag', { ...session, staged: { parts: { ...parts, list: [{ ...part, etag: 1 }] } } }],
    ['with a part without a size', { ...session, staged: { parts: { ...parts, list: [{ ...part, size: null }] } } }],
    ['with parts that are no list', { ...session, staged: { parts: { ...parts, list: part } } }],
    ['without the numbers that are reserved', { ...session, staged: { parts: { ...parts, reserved: null } } }],
    ['with a tail that is nowhere', { ...session, staged: { tail: { size: 1 } } }],
    ['in a phase that there is not', { ...session, phase: { does: 'sleep' } }],
    ['that is published as nothing', { ...session, phase: { does: 'publish' } }],
  ])('%s is reported as damaged', async (_, written) => {
    const text = typeof written === 'string' ? written : JSON.stringify(written);
    await expect(found(text)).rejects.toSatisfy(
      (error) => isStorageFault(error) && error.message === `sessions/${id} is damaged`,
    );
  });
});
