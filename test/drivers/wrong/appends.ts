/** Drivers that append to uploads in a wrong way. */
import { codeOf } from '../../../drivers/fs/system.ts';
import { type Checkpoint, StorageFault, type Upload, type UploadId, type UploadStore } from '../../../lib/driver.ts';
import { chunkOf, emptyCheckpoint } from '../../../lib/testing/suite/samples.ts';
import { appending, bytesOf, collected, eachStep, moment, type Steps, stands, through } from './material.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const addsAll = 'an append adds all buffers of all steps in their order';
const letsErrorsThrough = 'what a chunk throws passes through, nothing of it is kept, and the same append may follow';
const empty = new Uint8Array(0);

async function* untilEmpty(steps: Steps): Steps {
  for await (const step of steps) {
    if (step.length === 0) return;
    yield step;
  }
}

/** Blocks of sixteen bytes; what is left over at the end is too small for one. */
async function* wholeBlocks(steps: Steps): Steps {
  let rest = Buffer.alloc(0);
  for await (const step of steps) {
    rest = Buffer.concat([rest, ...step]);
    const full = rest.length - (rest.length % 16);
    yield [rest.subarray(0, full)];
    rest = rest.subarray(full);
  }
}

/** Takes the checkpoint when the first step has come, and sticks to it. */
function withEarlyCheckpoint(right: RightDriver): Pick<UploadStore, 'append'> {
  return {
    append(repo, id, from, chunk) {
      let early: Checkpoint | undefined;
      const steps = through(chunk, async function* (every) {
        for await (const step of every) {
          early ??= chunk.checkpoint();
          yield step;
        }
      });
      return right.uploads.append(repo, id, from, { ...steps, checkpoint: () => early ?? chunk.checkpoint() });
    },
  };
}

/** Releases buffers that are not written yet. */
function releasingEarly(right: RightDriver): Pick<UploadStore, 'append'> {
  return {
    append(repo, id, from, chunk) {
      const steps = through(chunk, async function* (every) {
        for await (const step of every) {
          chunk.release?.(step);
          yield step;
        }
      });
      return right.uploads.append(repo, id, from, steps);
    },
  };
}

/** Keeps what came before a chunk threw. */
function keepingTornChunks(right: RightDriver): Pick<UploadStore, 'append'> {
  return {
    async append(repo, id, from, chunk) {
      const thrown: unknown[] = [];
      const torn = through(chunk, async function* (steps) {
        try {
          yield* steps;
        } catch (error) {
          thrown.push(error);
        }
      });
      const upload = await right.uploads.append(repo, id, from, torn);
      for (const error of thrown) throw error;
      return upload;
    },
  };
}

/** Appends to an upload that was ended meanwhile as if it was still there. `looks`: whether it is asked for before each step. */
function reviving(right: RightDriver, looks: boolean): Pick<UploadStore, 'append'> {
  return {
    async append(repo, id, from, chunk) {
      if (!(await stands(right, repo, id, from))) return undefined;
      const before = await bytesOf(right, repo, id, from);
      const buffers: Uint8Array[] = [];
      for await (const step of chunk) {
        if (looks && !(await stands(right, repo, id, from))) return undefined;
        buffers.push(...step);
      }
      const begun = await right.uploads.create(repo, id, emptyCheckpoint);
      return right.uploads.append(repo, id, begun, {
        ...chunkOf(empty, [[before, ...buffers]]),
        checkpoint: () => chunk.checkpoint(),
      });
    },
  };
}

/** Has one lock for the append and the end of an upload, and waits a while for it. */
function deletingUnderLock(right: RightDriver): Partial<UploadStore> {
  const running = new Set<UploadId>();
  return {
    async append(repo, id, from, chunk) {
      running.add(id);
      try {
        return await right.uploads.append(repo, id, from, chunk);
      } finally {
        running.delete(id);
      }
    },
    async delete(repo, id) {
      const end = performance.now() + 100;
      while (running.has(id) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
      if (running.has(id)) throw new StorageFault('busy', `the lock of upload ${id} is taken`);
      return right.uploads.delete(repo, id);
    },
  };
}

/** Each appends in a way of its own that is wrong. */
export const wrongAppends = [
  wrong('an append drops the last buffer of each step', addsAll, (right) => ({
    uploads: appending(
      right,
      eachStep((step) => (step.length > 1 ? step.slice(0, -1) : step)),
    ),
  })),
  wrong('a step without buffers ends an append', addsAll, (right) => ({ uploads: appending(right, untilEmpty) })),
  wrong('an append writes the buffers of a step in any order', addsAll, (right) => ({
    uploads: appending(
      right,
      eachStep((step) => [...step].reverse()),
    ),
  })),
  wrong(
    'an append writes all memory that a buffer is a part of',
    'an append writes the bytes of each buffer, and not the memory around them',
    (right) => ({
      uploads: appending(
        right,
        eachStep((step) => step.map(({ buffer }) => new Uint8Array(buffer))),
      ),
    }),
  ),
  wrong('an append takes the checkpoint while it reads the chunk', addsAll, (right) => ({
    uploads: withEarlyCheckpoint(right),
  })),
  wrong('an append releases buffers before it has written them', addsAll, (right) => ({ uploads: releasingEarly(right) })),
  wrong('an append forgets the digest of the checkpoint', addsAll, (right) => ({
    uploads: {
      append: (repo, id, from, chunk) =>
        right.uploads.append(repo, id, from, {
          ...through(chunk, (steps) => steps),
          checkpoint: () => ({ offset: chunk.checkpoint().offset }),
        }),
    },
  })),
  wrong('an append reads the chunk to count it, then to store it', 'an append reads its chunk once', (right) => ({
    uploads: {
      async append(repo, id, from, chunk) {
        if (!(await stands(right, repo, id, from))) return undefined;
        await collected(chunk);
        const counted = chunk.checkpoint();
        const steps = through(chunk, (every) => every);
        return right.uploads.append(repo, id, from, { ...steps, checkpoint: () => counted });
      },
    },
  })),
  wrong('an append keeps whole blocks only', 'a chunk that ends early leaves what came', (right) => ({
    uploads: appending(right, wholeBlocks),
  })),
  wrong('an append of no bytes counts as failed', 'an append of no bytes leaves the upload where it stands', (right) => ({
    uploads: {
      async append(repo, id, from, chunk) {
        const upload = await right.uploads.append(repo, id, from, chunk);
        return upload?.offset === from.offset ? undefined : upload;
      },
    },
  })),
  wrong(
    'an append does not look where the upload stands',
    'an append from where the upload no longer stands, or not yet, is undefined and keeps nothing',
    (right) => ({
      uploads: {
        append: async (repo, id, from, chunk) =>
          right.uploads.append(repo, id, (await right.uploads.get(repo, id)) ?? from, chunk),
      },
    }),
  ),
  wrong('a chunk that throws leaves what came before', letsErrorsThrough, (right) => ({ uploads: keepingTornChunks(right) })),
  wrong("a chunk's ENOSPC becomes the driver's", letsErrorsThrough, (right) => ({
    uploads: {
      async append(repo, id, from, chunk) {
        try {
          return await right.uploads.append(repo, id, from, chunk);
        } catch (cause) {
          throw codeOf(cause) === 'ENOSPC' ? new StorageFault('full', 'no space is left', { cause }) : cause;
        }
      },
    },
  })),
  wrong(
    'a deleted upload is there again after its append',
    'a delete does not wait for an append, which finds the upload gone',
    (right) => ({ uploads: reviving(right, false) }),
  ),
  wrong(
    'an append does not look after its last byte whether the upload is gone',
    'a delete after the last byte of an append leaves no upload either',
    (right) => ({ uploads: reviving(right, true) }),
  ),
  wrong('a delete waits for the append', 'a delete does not wait for an append, which finds the upload gone', (right) => ({
    uploads: deletingUnderLock(right),
  })),
  wrong(
    'of two appends at once both win',
    'of two appends at once from one place, one wins and the other is undefined',
    (right) => ({
      uploads: {
        async append(repo, id, from, chunk) {
          if (!(await stands(right, repo, id, from))) return undefined;
          const buffers = await collected(chunk);
          await moment();
          const now: Upload | undefined = await right.uploads.get(repo, id);
          const steps = { ...chunkOf(empty, [buffers]), checkpoint: () => chunk.checkpoint() };
          return now && right.uploads.append(repo, id, now, steps);
        },
      },
    }),
  ),
];
