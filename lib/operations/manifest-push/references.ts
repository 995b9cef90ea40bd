import type { Digest } from '../../api/formats.ts';
import type { Call } from '../../call.ts';
import { mapConcurrently, stepsAtOnce } from '../../concurrency.ts';
import type { ParsedManifest } from '../../content/manifest.ts';
import { nextTurn } from '../../timers.ts';
import { describeManifest } from '../shared/manifest-description.ts';

/** How many references are looked up without a turn of the event loop: a driver may answer all of them within one. */
const namesPerTurn = 500;

/** The references of a manifest that the repository does not hold. Its subject may be missing, and is not looked up. */
export async function missingReferences(call: Call<'putManifest'>, parsed: ParsedManifest): Promise<Digest[]> {
  const { blobs, manifests } = call.driver;
  const repo = call.path.name;
  const hasBlob = async (digest: Digest) => (await blobs.get(repo, digest)) !== undefined;
  const hasManifest = async (digest: Digest) => (await describeManifest(manifests, repo, digest)) !== undefined;
  return [
    ...(await filterMissing(call, parsed.blobs, hasBlob)),
    ...(await filterMissing(call, parsed.manifests, hasManifest)),
    ...(await filterMissing(call, parsed.either, async (digest) => (await hasBlob(digest)) || hasManifest(digest))),
  ];
}

/** The names for which `has` is false, in their order. Stops when the reply is not needed any longer. */
export async function filterMissing<N extends string>(
  call: Pick<Call<'putManifest'>, 'signal'>,
  names: readonly N[],
  has: (name: N) => Promise<boolean>,
): Promise<N[]> {
  /** All steps that begin after it wait for the same turn: each by itself would leave the others running. */
  let turn: Promise<void> | undefined;
  const found = await mapConcurrently(names, async (name, index) => {
    if (index % namesPerTurn === namesPerTurn - 1) turn = nextTurn();
    // The first ones are under way at once: short lists need neither.
    if (index >= stepsAtOnce) {
      await turn;
      call.signal.throwIfAborted();
    }
    return has(name);
  });
  return names.filter((_, index) => !found[index]);
}
