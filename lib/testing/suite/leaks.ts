/** Resource leaks: what this process holds before and after a driver was used. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many resources of each kind a process holds: `{ Timeout: 1, 'open descriptors': 23 }`. */
export type ResourceCounts = Readonly<Record<string, number>>;

/** Where Linux lists the open descriptors of a process. */
const descriptorFolder = '/proc/self/fd';
/** How long resources that are being closed are waited for, in milliseconds. */
const closeTimeout = 2000;

/** Counts what keeps this process alive, its open descriptors (Node on Linux) and the listeners on `process`. */
export function countResources(): ResourceCounts {
  const counts: Record<string, number> = {};
  const count = (what: string, many: number): void => {
    counts[what] = (counts[what] ?? 0) + many;
  };
  for (const resource of process.getActiveResourcesInfo()) if (!transient.has(resource)) count(resource, 1);
  for (const open of openDescriptors().filter((each) => !transient.has(each))) {
    count('open descriptors', 1);
    // Counted by name as well, so that a failure says which file or socket is left.
    count(`open ${open}`, 1);
  }
  const events = process.eventNames().map((event) => process.listenerCount(event));
  count(
    'listeners on the process',
    events.reduce((sum, many) => sum + many, 0),
  );
  return counts;
}

/** Bun and Deno open descriptors of their own at any time, so theirs say nothing. */
const isNode = !('bun' in process.versions || 'deno' in process.versions);

/** The target of each open descriptor: the path of a file, or a kind (`socket`, `pipe`). Empty on other systems than Linux. */
function openDescriptors(): string[] {
  if (!isNode || !existsSync(descriptorFolder)) return [];
  return readdirSync(descriptorFolder).flatMap((descriptor) => {
    try {
      return [readlinkSync(`${descriptorFolder}/${descriptor}`).replace(/:\[\d+\]$| \(deleted\)$/, '')];
    } catch {
      // The descriptor of the listing itself is closed by now.
      return [];
    }
  });
}

/** Resources that are not counted: they last a moment, or come and go with Node or the test runner. */
const transient: ReadonlySet<string> = new Set([
  'Immediate',
  'TickObject',
  'CloseReq',
  'FSReqCallback',
  'FSReqPromise',
  'PipeWrap',
  'TTYWrap',
  // libuv keeps it open from the first socket on, as a reserve for the time when no other descriptor is left.
  '/dev/null',
]);

/** Waits up to two seconds until the process holds no more than before; fails with the kinds of which there are more. */
export async function assertNoLeaks(before: ResourceCounts): Promise<void> {
  const end = performance.now() + closeTimeout;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const more = Object.entries(countResources()).filter(([what, many]) => many > (before[what] ?? 0));
    if (more.length === 0) return;
    if (performance.now() >= end) {
      const found = more.map(([what, many]) => `${what}: ${many}, before ${before[what] ?? 0}`);
      const counted = 'resources as Node lists them for this process, descriptors as the system does';
      assert.fail(`two seconds after close() the process holds more than before: ${found.join('; ')} (${counted})`);
    }
    await sleep(pause);
  }
}
