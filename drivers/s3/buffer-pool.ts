/**
 * A pool of buffers for parts: it bounds the memory of all uploads together, whatever their number. It is for those whose bytes
 * come: while a caller waits, a buffer whose holder is slow is asked for back, and its holder keeps the bytes elsewhere.
 */
import { StorageFault } from '../../lib/driver.ts';
import { clearInterval, now, setInterval } from '../../lib/timers.ts';

/** A buffer for the bytes of one part. */
export interface PartBuffer {
  readonly bytes: Buffer;
  /** Returns the buffer to the pool. Call it once. */
  release(): void;
}

/** A holder of a buffer that waits for bytes. */
export interface Holder {
  /** How many bytes came since the buffer was taken, and how many the buffer has room for. */
  progress(): { readonly received: number; readonly room: number };
  /** Keeps the bytes elsewhere, and releases the buffer. Never rejects. */
  giveBack(): Promise<void>;
}

/** A pool of buffers of one size. */
export interface BufferPool {
  /**
   * Takes a buffer. While all of them are in use, it waits for one, in order of the calls; throws a busy StorageFault if it has
   * none within ten seconds.
   */
  take(): Promise<PartBuffer>;
  /** From now on, the holder may be asked for the buffer, until the function that is returned is called. */
  offer(buffer: PartBuffer, holder: Holder): () => void;
}

/** How long a caller waits for a buffer, in milliseconds. */
const defaultPatienceMs = 10_000;
/** How long no bytes come to a holder that stands still, and how long its pace is looked at, in milliseconds, if few wait. */
const idleMs = 500;
/** How often slow holders are looked for while callers wait, in milliseconds. */
const lookMs = 20;

interface Offer {
  readonly holder: Holder;
  readonly sinceMs: number;
}

interface Waiting {
  readonly sinceMs: number;
  grant(bytes: Buffer): void;
  refuse(error: StorageFault): void;
}

/**
 * A pool of as many buffers of `partSize` bytes as fit into `total` bytes, at least one. Each is allocated on first use. Callers
 * wait for `patienceMs`; a holder that would need longer to fill its buffer is slow.
 */
export function createBufferPool(partSize: number, total: number, patienceMs = defaultPatienceMs): BufferPool {
  const limit = Math.max(1, Math.floor(total / partSize));
  const idle: Buffer[] = [];
  const waiting: Waiting[] = [];
  const takenMs = new WeakMap<PartBuffer, number>();
  const offered = new Map<PartBuffer, Offer>();
  let allocated = 0;
  /** How many holders are giving their buffer back. */
  let returning = 0;
  let looking: ReturnType<typeof setInterval> | undefined;

  const lend = (bytes: Buffer): PartBuffer => {
    const buffer: PartBuffer = {
      bytes,
      release: () => {
        offered.delete(buffer);
        const next = waiting.shift();
        if (next) next.grant(bytes);
        else idle.push(bytes);
      },
    };
    takenMs.set(buffer, now());
    return buffer;
  };

  /**
   * Whether the holder stands still, or would not fill its buffer in time at the pace that it has had so far. The more callers wait
   * for each buffer, the sooner: behind many uploads that stand still, the queue has to move on within the patience of its last.
   */
  const isSlow = (buffer: PartBuffer, { holder, sinceMs }: Offer): boolean => {
    const allowedMs = idleMs / (1 + waiting.length / limit);
    const heldMs = now() - (takenMs.get(buffer) ?? 0);
    const { received, room } = holder.progress();
    return now() - sinceMs >= allowedMs || (heldMs >= allowedMs && (heldMs / received) * room > patienceMs);
  };

  /** Asks slow holders for their buffers, one for each caller that waits; refuses those that have waited long enough. */
  function look(): void {
    const slowest = [...offered]
      .filter(([buffer, offer]) => isSlow(buffer, offer))
      .sort(([, one], [, other]) => one.sinceMs - other.sinceMs)
      .slice(0, Math.max(0, waiting.length - returning));
    for (const [buffer, { holder }] of slowest) {
      offered.delete(buffer);
      returning++;
      void holder.giveBack().finally(() => returning--);
    }
    for (const late of waiting.filter(({ sinceMs }) => now() - sinceMs >= patienceMs)) {
      waiting.splice(waiting.indexOf(late), 1);
      late.refuse(new StorageFault('busy', `no buffer for a part was free within ${patienceMs / 1000} seconds`));
    }
    if (waiting.length > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  function wait(): Promise<Buffer> {
    const granted = new Promise<Buffer>((grant, refuse) => waiting.push({ sinceMs: now(), grant, refuse }));
    looking ??= setInterval(look, lookMs);
    look();
    return granted;
  }

  const allocate = (): Buffer => {
    allocated++;
    return Buffer.allocUnsafeSlow(partSize);
  };

  return {
    take: async () => lend(idle.pop() ?? (allocated < limit ? allocate() : await wait())),
    offer: (buffer, holder) => {
      offered.set(buffer, { holder, sinceMs: now() });
      return () => void offered.delete(buffer);
    },
  };
}
