/** Drivers that are wrong as a whole: tokens that are no data, things left behind, and a wrong word about themselves. */
import { closeSync, openSync } from 'node:fs';
import type { Upload, UploadId, UploadStore } from '../../../lib/driver.ts';
import { type RightDriver, type WrongDriver, wrong } from './wrong-driver.ts';

const plainData = 'a token is plain data, and the upload goes on from a copy of it';
const nothingHeld = 'a closed driver holds nothing, not even a blob that was left half read';
const itsWord = 'the driver has a name, and the optional methods that it is said to have';

/** Gives every upload a token. */
function withToken({ uploads }: RightDriver, token: (upload: Upload, id: UploadId) => unknown): Partial<UploadStore> {
  return {
    async create(repo, id, start) {
      const upload = await uploads.create(repo, id, start);
      return { ...upload, token: token(upload, id) };
    },
    async get(repo, id) {
      const upload = await uploads.get(repo, id);
      return upload && { ...upload, token: token(upload, id) };
    },
    async append(repo, id, from, chunk) {
      const upload = await uploads.append(repo, id, from, chunk);
      return upload && { ...upload, token: token(upload, id) };
    },
  };
}

/** Takes a token only if it is the very object that was given. */
function withHandles(right: RightDriver): Partial<UploadStore> {
  const handles = new Map<UploadId, { readonly id: UploadId }>();
  const handleOf = (id: UploadId): { readonly id: UploadId } => {
    const handle = handles.get(id) ?? { id };
    handles.set(id, handle);
    return handle;
  };
  const tokens = withToken(right, (_, id) => handleOf(id));
  return {
    ...tokens,
    append: async (repo, id, from, chunk) =>
      from.token === handles.get(id) ? tokens.append?.(repo, id, from, chunk) : undefined,
  };
}

/** Does something when a driver is made, which nobody undoes but `clearUp`. */
function leaving(fault: string, leave: () => () => void): WrongDriver {
  const undo: (() => void)[] = [];
  const made = wrong(fault, nothingHeld, () => {
    undo.push(leave());
    return {};
  });
  return {
    ...made,
    clearUp() {
      for (const each of undo.splice(0)) each();
    },
  };
}

const { make } = wrong('right', itsWord, () => ({}));

/** Each is wrong in something that is no single method. */
export const wrongAsAWhole: readonly WrongDriver[] = [
  wrong('a token is a Map', plainData, (right) => ({ uploads: withToken(right, ({ offset }) => new Map([['offset', offset]])) })),
  wrong('a token is a Date', plainData, (right) => ({ uploads: withToken(right, ({ offset }) => new Date(offset)) })),
  wrong('a token is a function', plainData, (right) => {
    const token = (): number => 0;
    return { uploads: withToken(right, () => token) };
  }),
  wrong('a token counts only as the very object that was given', plainData, (right) => ({ uploads: withHandles(right) })),
  wrong(
    'a token is another one each time',
    'an upload that nobody touched is the same state each time, and another one after an append',
    (right) => {
      let count = 0;
      return { uploads: withToken(right, () => ++count) };
    },
  ),
  leaving('a timer goes on after close', () => {
    const timer = setInterval(() => undefined, 60_000);
    return () => clearInterval(timer);
  }),
  leaving('a listener stays on the process after close', () => {
    const listener = (): void => undefined;
    process.on('SIGUSR2', listener);
    return () => process.off('SIGUSR2', listener);
  }),
  leaving('a file stays open after close', () => {
    const descriptor = openSync(import.meta.filename, 'r');
    return () => closeSync(descriptor);
  }),
  { fault: 'it lacks a method and does not say so', caughtBy: itsWord, make: () => ({ ...make(), lacks: [] }) },
  {
    fault: 'it is said to lack a method that it has',
    caughtBy: itsWord,
    make: () => ({ ...make(), lacks: ['blob.url', 'blobs.mount'] }),
  },
];
