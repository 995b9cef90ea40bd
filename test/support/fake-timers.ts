/** Tests with fake timers. */
import { afterEach, beforeEach, vi } from 'vitest';

/** Has each test of a file run with fake timers. */
export function useFakeTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...faked] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** What the fake timers stand for. */
const faked = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'Date',
  'performance',
] as const;
