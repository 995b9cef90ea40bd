/** The commands that are about uploads. The states that they name are those that the driver gave. */
import type { Algorithm, Digest, RepositoryName, UploadId } from '../../../api/formats.ts';
import type { Checkpoint, Upload } from '../../../driver.ts';
import { drained, nothing } from '../samples.ts';
import { type Coming, chunkThat, comingText, orFailure, passed } from './coming.ts';
import { alike, type Command, command } from './command.ts';
import type { Model } from './model.ts';
import { contentDigest, contentIn, contentOf } from './pools.ts';

/** A state of an upload: so many before the one where it stands or stood last; or one that it was never in. */
export type State = number | 'invented';

function stateText(state: State): string {
  if (state === 'invented') return 'at an invented offset';
  return state === 0 ? 'where it stands' : `where it stood ${state} states ago`;
}

/** The state as the driver gave it; of an upload that was never begun, nothing. */
function stateOf({ facts }: Model, id: UploadId, state: State): Upload {
  const states = facts.states.get(id) ?? [];
  const last = states.at(-1) ?? nothing;
  if (state === 'invented') return { ...last, offset: last.offset + 7 };
  return states.at(-1 - state) ?? states[0] ?? last;
}

/** A checkpoint as the driver should give it back, with the token that it did give. */
function given(checkpoint: Checkpoint, answer: unknown): Upload {
  const token: unknown = typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : undefined;
  return token === undefined ? checkpoint : { ...checkpoint, token };
}

/** Commands for an upload store. */
export const uploadCommands = {
  create: (repo: RepositoryName, id: UploadId): Command =>
    command<Upload>('uploads.create', [repo, id], {
      ask: ({ driver }) => driver.uploads.create(repo, id, nothing),
      tell: (model, answer) => model.uploads.create(repo, id, given(nothing, answer)),
    }),

  get: (repo: RepositoryName, id: UploadId): Command => alike('uploads.get', [repo, id], (store) => store.uploads.get(repo, id)),

  /** Appends what the content of the upload has between the state and the length; nothing, if that is no step further. */
  append(repo: RepositoryName, id: UploadId, state: State, length: number, how: Coming): Command {
    const content = contentIn(id);
    const endAfter = ({ offset }: Upload): number => (how.steps.length > 0 ? Math.max(offset, length) : offset);
    const bytesAfter = (from: Upload): Uint8Array => contentOf(content, endAfter(from)).subarray(from.offset);
    const shown = [repo, id, stateText(state), `up to ${length} bytes ${comingText(how)}`];
    return command<Upload | typeof passed | undefined>('uploads.append', shown, {
      async ask({ driver, model }) {
        const from = stateOf(model, id, state);
        const chunk = chunkThat(contentOf(content, from.offset), bytesAfter(from), how);
        return orFailure(() => driver.uploads.append(repo, id, from, chunk));
      },
      tell(model, answer) {
        const from = stateOf(model, id, state);
        // A driver may pull the chunk before it looks where the upload stands.
        if (how.throws) return model.uploads.standsAt(repo, id, from) || answer === passed ? passed : undefined;
        const offset = endAfter(from);
        const reached = how.hashed ? { offset, digest: contentDigest(content, offset) } : { offset };
        return model.uploads.append(repo, id, from, bytesAfter(from), given(reached, answer));
      },
    });
  },

  read: (repo: RepositoryName, id: UploadId, state: number): Command =>
    command<Uint8Array | undefined>('uploads.read', [repo, id, `up to ${stateText(state)}`], {
      ask: async ({ driver, model }) => drained(await driver.uploads.read(repo, id, stateOf(model, id, state))),
      tell: (model) => model.uploads.read(repo, id, stateOf(model, id, state)),
    }),

  /** Commits under the digest of the bytes up to the state, and looks whether the upload is still there. */
  commit(repo: RepositoryName, id: UploadId, state: State, algorithm: Algorithm): Command {
    const digestAt = ({ offset }: Upload): Digest => contentDigest(contentIn(id), offset, algorithm);
    const shown = [repo, id, stateText(state), `${algorithm} of its bytes`, 'then get'];
    return command<{ committed: boolean; upload: Upload | undefined }>('uploads.commit', shown, {
      async ask({ driver, model }) {
        const at = stateOf(model, id, state);
        const committed = await driver.uploads.commit(repo, id, at, digestAt(at));
        return { committed, upload: await driver.uploads.get(repo, id) };
      },
      tell(model, answer) {
        const at = stateOf(model, id, state);
        const committed = model.uploads.commit(repo, id, at, digestAt(at));
        // Where the repository holds the blob and the upload stands elsewhere, the contract does not say whether it ends.
        if (committed && answer && !answer.upload) model.uploads.delete(repo, id);
        return { committed, upload: model.uploads.get(repo, id) };
      },
    });
  },

  delete: (repo: RepositoryName, id: UploadId): Command =>
    alike('uploads.delete', [repo, id], (store) => store.uploads.delete(repo, id)),

  expire: (before: Date): Command => ({
    ...alike('uploads.expire', [`before ${before.toISOString()}`], (store) => store.uploads.expire?.(before)),
    needs: 'uploads.expire',
  }),
};
