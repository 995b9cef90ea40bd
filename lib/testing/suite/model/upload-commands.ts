/** The commands for uploads. Their states are those that the driver gave when the sequence is played. */
import type { Algorithm, Digest, RepositoryName, UploadId } from '../../../api/formats.ts';
import type { Checkpoint, Upload } from '../../../driver.ts';
import { emptyCheckpoint, readAll } from '../samples.ts';
import { type ChunkShape, catchChunkError, createChunk, formatShape, threwChunkError } from './chunk-shape.ts';
import { type Command, createCommand, createPlainCommand } from './command.ts';
import type { Model } from './model.ts';
import { contentDigest, contentIn, contentOf } from './pools.ts';

/** A state of an upload: how many states before its last one, or `invented`, a state in which it never was. */
export type State = number | 'invented';

function stateText(state: State): string {
  if (state === 'invented') return 'at an invented offset';
  return state === 0 ? 'where it stands' : `where it stood ${state} states ago`;
}

/** The state as the driver gave it; that of an empty upload if it was never begun. */
function stateOf({ facts }: Model, id: UploadId, state: State): Upload {
  const states = facts.states.get(id) ?? [];
  const last = states.at(-1) ?? emptyCheckpoint;
  if (state === 'invented') return { ...last, offset: last.offset + 7 };
  return states.at(-1 - state) ?? states[0] ?? last;
}

/** The checkpoint that the driver should give back, with the token that it gave: a token may be anything. */
function given(checkpoint: Checkpoint, answer: unknown): Upload {
  const token: unknown = typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : undefined;
  return token === undefined ? checkpoint : { ...checkpoint, token };
}

/** Commands for an upload store. */
export const uploadCommands = {
  create: (repo: RepositoryName, id: UploadId): Command =>
    createCommand<Upload>('uploads.create', [repo, id], {
      onDriver: ({ driver }) => driver.uploads.create(repo, id, emptyCheckpoint),
      onModel: (model, answer) => model.uploads.create(repo, id, given(emptyCheckpoint, answer)),
    }),

  get: (repo: RepositoryName, id: UploadId): Command =>
    createPlainCommand('uploads.get', [repo, id], (store) => store.uploads.get(repo, id)),

  /** Appends the bytes of the upload's content from the state up to the length; none if the state is there already. */
  append(repo: RepositoryName, id: UploadId, state: State, length: number, how: ChunkShape): Command {
    const content = contentIn(id);
    const endAfter = ({ offset }: Upload): number => (how.steps.length > 0 ? Math.max(offset, length) : offset);
    const bytesAfter = (from: Upload): Uint8Array => contentOf(content, endAfter(from)).subarray(from.offset);
    const shown = [repo, id, stateText(state), `up to ${length} bytes ${formatShape(how)}`];
    return createCommand<Upload | typeof threwChunkError | undefined>('uploads.append', shown, {
      async onDriver({ driver, model }) {
        const from = stateOf(model, id, state);
        const chunk = createChunk(contentOf(content, from.offset), bytesAfter(from), how);
        return catchChunkError(() => driver.uploads.append(repo, id, from, chunk));
      },
      onModel(model, answer) {
        const from = stateOf(model, id, state);
        // A driver may read the chunk before it compares the state of the upload, so both answers are right.
        if (how.throws) return model.uploads.standsAt(repo, id, from) || answer === threwChunkError ? threwChunkError : undefined;
        const offset = endAfter(from);
        const reached = how.hashed ? { offset, digest: contentDigest(content, offset) } : { offset };
        return model.uploads.append(repo, id, from, bytesAfter(from), given(reached, answer));
      },
    });
  },

  read: (repo: RepositoryName, id: UploadId, state: number): Command =>
    createCommand<Uint8Array | undefined>('uploads.read', [repo, id, `up to ${stateText(state)}`], {
      onDriver: async ({ driver, model }) => readAll(await driver.uploads.read(repo, id, stateOf(model, id, state))),
      onModel: (model) => model.uploads.read(repo, id, stateOf(model, id, state)),
    }),

  /** Commits under the digest of the bytes up to the state, then looks up the upload. */
  commit(repo: RepositoryName, id: UploadId, state: State, algorithm: Algorithm): Command {
    const digestAt = ({ offset }: Upload): Digest => contentDigest(contentIn(id), offset, algorithm);
    const shown = [repo, id, stateText(state), `${algorithm} of its bytes`, 'then get'];
    return createCommand<{ committed: boolean; upload: Upload | undefined }>('uploads.commit', shown, {
      async onDriver({ driver, model }) {
        const at = stateOf(model, id, state);
        const committed = await driver.uploads.commit(repo, id, at, digestAt(at));
        return { committed, upload: await driver.uploads.get(repo, id) };
      },
      onModel(model, answer) {
        const at = stateOf(model, id, state);
        const committed = model.uploads.commit(repo, id, at, digestAt(at));
        // If the repository holds the blob already and the upload is in another state, the contract does not say whether it ends.
        if (committed && answer && !answer.upload) model.uploads.delete(repo, id);
        return { committed, upload: model.uploads.get(repo, id) };
      },
    });
  },

  delete: (repo: RepositoryName, id: UploadId): Command =>
    createPlainCommand('uploads.delete', [repo, id], (store) => store.uploads.delete(repo, id)),

  expire: (before: Date): Command => ({
    ...createPlainCommand('uploads.expire', [`before ${before.toISOString()}`], (store) => store.uploads.expire?.(before)),
    needs: 'uploads.expire',
  }),
};
