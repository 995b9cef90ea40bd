/** The rules of calls whose answer is not needed any longer. */
import assert from 'node:assert/strict';
import type { Driver } from '../../../driver.ts';
import type { Definition, Need } from '../definition.ts';
import { definedMembers, digestOf, manifestOf, other, pushBlob, readTag, referrerOf, repo, sample } from '../samples.ts';

const content = sample(1000);
const digest = digestOf(content);
const subject = manifestOf('{}');
const referrers = ['1', '2', '3'].map((text) => referrerOf(text, subject.digest));
const tags = ['a', 'b', 'c'];

/** A method that takes a signal. */
interface Method {
  readonly name: string;
  readonly needs?: readonly Need[];
  /** What it answers where nothing stops it. */
  readonly answer: unknown;
  call(driver: Driver, signal?: AbortSignal): Promise<unknown> | undefined;
  /** Whether it did what it is for. Absent where it changes nothing. */
  done?(driver: Driver): Promise<boolean>;
}

const methods: readonly Method[] = [
  {
    name: 'tags',
    answer: tags,
    call: ({ manifests }, signal) => manifests.tags(repo, { limit: 10 }, signal),
  },
  {
    name: 'referrers',
    answer: referrers.map(({ referrer }) => referrer).sort((a, b) => ((a?.digest ?? '') < (b?.digest ?? '') ? -1 : 1)),
    call: async ({ manifests }, signal) => definedMembers(await manifests.referrers(repo, subject.digest, { limit: 10 }, signal)),
  },
  {
    name: 'repositories',
    answer: [repo],
    call: ({ manifests }, signal) => manifests.repositories({ limit: 10 }, signal),
  },
  {
    name: 'blobs.mount',
    needs: ['blobs.mount'],
    answer: true,
    call: ({ blobs }, signal) => blobs.mount?.(other, digest, undefined, signal),
    done: async ({ blobs }) => (await blobs.get(other, digest)) !== undefined,
  },
  {
    name: 'manifests.delete',
    answer: true,
    call: ({ manifests }, signal) => manifests.delete(repo, subject.digest, signal),
    done: async ({ manifests }) => (await manifests.get(repo, subject.digest)) === undefined,
  },
  {
    name: 'blobs.delete',
    answer: true,
    call: ({ blobs }, signal) => blobs.delete(repo, digest, signal),
    done: async ({ blobs }) => (await blobs.get(repo, digest)) === undefined,
  },
];

async function fill({ manifests }: Driver): Promise<void> {
  for (const manifest of [subject, ...referrers]) await manifests.put(repo, manifest);
  for (const tag of tags) await manifests.tag(repo, readTag(tag), subject.digest);
}

/** When a signal is aborted: before the call, in the turn that it began in, or a turn later. */
const moments: readonly ((abort: () => void) => void)[] = [
  (abort) => abort(),
  (abort) => queueMicrotask(abort),
  (abort) => setImmediate(abort),
];

/** Fails unless a call that is aborted gives its right answer or throws the reason, and does all its steps when it is repeated. */
async function assertStops(
  driver: Driver,
  { name, answer, call, done }: Method,
  when: (abort: () => void) => void,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error('not needed any longer');
  when(() => controller.abort(reason));
  try {
    assert.deepEqual(await call(driver, controller.signal), answer, `${name} gave another answer as its signal was aborted`);
    return;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    assert.ok(error === reason || cause === reason, `${name} threw "${String(error)}" in place of the reason of its signal`);
  }
  const repeated = await call(driver);
  if (done) assert.ok(await done(driver), `${name} did not do all its steps when it was repeated after it had been aborted`);
  else assert.deepEqual(repeated, answer, `${name} gave another answer after it had been aborted`);
}

/** Level `contract`, area `signals`. */
export const signalRules: readonly Definition[] = methods.map((method) => ({
  name: `${method.name} answers rightly or throws the reason of its signal, and may be repeated`,
  promises: ['aborted', 'repeatable'],
  ...(method.needs && { needs: method.needs }),
  async run(driver) {
    for (const moment of moments) {
      await pushBlob(driver, repo, content);
      await fill(driver);
      await assertStops(driver, method, moment);
      await driver.blobs.delete(other, digest);
    }
  },
}));
