/** How the driver suite runs its cases and reports on them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import {
  type CaseResult,
  capabilityReport,
  type DriverCase,
  type DriverUnderTest,
  driverCases,
  runCases,
} from '../../lib/testing/suite/index.ts';

function caseThat(name: string, run: DriverCase['run'], more: Partial<DriverCase> = {}): DriverCase {
  return { name, level: 'contract', area: 'blobs', skipped: undefined, timeout: 1000, run, ...more };
}

const skipped = (name: string, reason: string): DriverCase =>
  caseThat(name, () => Promise.reject(new Error('it is skipped')), { level: 'durability', skipped: `skipped: ${reason}` });

const never = (): Promise<void> => new Promise(() => {});

afterEach(() => vi.restoreAllMocks());

describe('runCases', () => {
  it('runs one case after the other and tells of each', async () => {
    const events: string[] = [];
    const noted = (name: string) =>
      caseThat(name, async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} ends`);
      });
    const cases = [noted('one'), skipped('two', 'no peer() was given'), noted('three')];
    const told: CaseResult[] = [];
    const results = await runCases(cases, (result) => void told.push(result));
    expect(events).toEqual(['one begins', 'one ends', 'three begins', 'three ends']);
    expect(results.map((result) => result.outcome)).toEqual(['passed', 'skipped', 'passed']);
    expect(results.map((result) => result.case)).toEqual(cases);
    expect(told).toEqual(results);
  });

  it('gives what a case threw, whatever it is', async () => {
    const broken = new Error('broken');
    const throwing = caseThat('throws at once', () => {
      throw broken;
    });
    const results = await runCases([throwing, caseThat('rejects', () => Promise.reject('words'))]);
    expect(results.map(({ outcome, error }) => ({ outcome, error }))).toEqual([
      { outcome: 'failed', error: broken },
      { outcome: 'failed', error: 'words' },
    ]);
  });

  it('fails a case that takes longer than it may, and goes on', async () => {
    const slow = caseThat('never ends', never, { timeout: 30 });
    const blocking = caseThat(
      'lets nothing else run',
      async () => {
        for (const end = performance.now() + 40; performance.now() < end; );
      },
      { timeout: 30 },
    );
    const results = await runCases([slow, blocking, caseThat('passes', async () => {})]);
    expect(results.map((result) => result.outcome)).toEqual(['failed', 'failed', 'passed']);
    for (const { error } of results.slice(0, 2))
      expect(error).toMatchObject({ message: 'the case took longer than its 30 milliseconds' });
  });

  it('sets its timer before a case begins, and leaves none behind', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    const timeout = 54_321;
    const timers = () => set.mock.calls.flatMap(([, delay], turn) => (delay === timeout ? [set.mock.results[turn]?.value] : []));
    const during: number[] = [];
    const looks = caseThat('looks', async () => void during.push(timers().length), { timeout });
    await runCases([looks, caseThat('fails', () => Promise.reject(new Error('broken')), { timeout }), looks]);
    expect(during).toEqual([1, 3]);
    expect(timers().filter((timer) => !cleared.mock.calls.some(([each]) => each === timer))).toEqual([]);
  });
});

describe('capabilityReport', () => {
  it('tells what the driver can do, each level, the first failure of each area in full, the others by name, and the counts', async () => {
    const cause = new Error('the disk is gone');
    const results = await runCases([
      caseThat('keeps blobs', async () => {}),
      caseThat('keeps tags', () => Promise.reject(new Error('no tag\n  ManifestStore.tag: …', { cause }))),
      caseThat('moves tags', () => Promise.reject(new Error('no tag either'))),
      caseThat('lists tags', () => Promise.reject(new Error('no tag at all')), { area: 'lists' }),
      caseThat('takes tags', () => Promise.reject(new Error('nor this'))),
      skipped('outlives it', 'no reopen() was given'),
      skipped('outlives its process', 'no reopen() was given'),
      skipped('outlives a fault', 'no faults() were given'),
    ]);
    const create = () => {
      throw new Error('nobody asks for a driver');
    };
    const report = capabilityReport({ name: 'mine', create, peer: create, lacks: ['blob.url', 'blobs.put'] }, results);
    expect(report.replaceAll(/\n +at .*/g, '')).toBe(`mine
  optional methods  blobs.mount yes, blobs.put no, blob.url no, uploads.complete yes, uploads.expire yes, manifests.describe yes, manifests.putTagged yes, outbox yes, inventory yes, inventory.withdraw yes
  given             reopen no, peer yes, faults no, losePower no

  contract          1 passed, 4 failed, 0 skipped
  durability        0 passed, 0 failed, 3 skipped
    2 skipped: no reopen() was given
    1 skipped: no faults() were given

FAILED contract, blobs: keeps tags
  Error: no tag
    ManifestStore.tag: …
  caused by Error: the disk is gone

2 more FAILED in contract, blobs:
  moves tags
  takes tags

FAILED contract, lists: lists tags
  Error: no tag at all

1 passed, 4 failed, 3 skipped
`);
    expect(report).toMatch(/\n +at /);
  });

  it('tells what is stated of a loss of power', () => {
    const report = capabilityReport({ name: 'mine', create: memoryDriver, losePower: 'forgets nothing' }, []);
    expect(report).toContain('reopen no, peer no, faults no, losePower forgets nothing\n');
  });
});

describe('driverCases', () => {
  const aboutPower = (more: Partial<DriverUnderTest>) =>
    driverCases({ name: 'mine', create: memoryDriver, ...more }).filter(({ skipped }) => skipped?.includes('losePower'));

  it('skips what needs a loss of power, and has none of it for a storage that is said to forget nothing', () => {
    const can = { reopen: memoryDriver, faults: () => expect.unreachable() };
    expect(aboutPower(can).length).toBeGreaterThan(10);
    expect(aboutPower({ ...can, losePower: 'forgets nothing' })).toEqual([]);
    const names = (more: Partial<DriverUnderTest>) => driverCases({ name: 'mine', create: memoryDriver, ...more });
    expect(names({ losePower: 'forgets nothing' }).length).toBe(names({}).length - aboutPower(can).length);
  });
});
