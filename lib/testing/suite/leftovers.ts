/** What a process holds, to see what a driver left behind. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many there are of each thing that a process holds. */
export type Held = Readonly<Record<string, number>>;

/** Where Linux lists what a process has open. */
const descriptors = '/proc/self/fd';
/** How long is waited for what is on its way out, in milliseconds. */
const patience = 2000;

/** What this process holds now: whatever keeps it alive, what is open, and listeners on the process itself. */
export function heldNow(): Held {
  const held: Record<string, number> = {};
  const count = (what: string, many: number): void => {
    held[what] = (held[what] ?? 0) + many;
  };
  for (const resource of process.getActiveResourcesInfo()) if (!passing.has(resource)) count(resource, 1);
  for (const open of openNow().filter((each) => !passing.has(each))) {
    count('open descriptors', 1);
    // Their number says that something is left, their names say what.
    count(`open ${open}`, 1);
  }
  const events = process.eventNames().map((event) => process.listenerCount(event));
  count(
    'listeners on the process',
    events.reduce((sum, many) => sum + many, 0),
  );
  return held;
}

/** What each descriptor of this process leads to: the path of a file, or what it is (`socket`, `pipe`). */
function openNow(): string[] {
  if (!existsSync(descriptors)) return [];
  return readdirSync(descriptors).flatMap((descriptor) => {
    try {
      return [readlinkSync(`${descriptors}/${descriptor}`).replace(/:\[\d+\]$| \(deleted\)$/, '')];
    } catch {
      // The descriptor with which the list was read is closed by now.
      return [];
    }
  });
}

/** What is there for a moment only, or comes and goes with Node or the test runner. */
const passing: ReadonlySet<string> = new Set([
  'Immediate',
  'TickObject',
  'CloseReq',
  'FSReqCallback',
  'FSReqPromise',
  'PipeWrap',
  'TTYWrap',
  // Node holds it from the first socket or pipe on, in reserve for the time when no other descriptor is left.
  '/dev/null',
]);

/** Waits a moment until no more is held than before; fails if more stays. */
export async function nothingMoreThan(before: Held): Promise<void> {
  const end = performance.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const more = Object.entries(heldNow()).filter(([what, many]) => many > (before[what] ?? 0));
    if (more.length === 0) return;
    if (performance.now() >= end) {
      const found = more.map(([what, many]) => `${what}: ${many}, before ${before[what] ?? 0}`);
      assert.fail(`after close() something is left: ${found.join('; ')}`);
    }
    await sleep(pause);
  }
}
