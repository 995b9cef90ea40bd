/** Draws random sequences of commands. Kinds that get a sequence far are drawn more often. */
import * as choose from './choose.ts';
import type { Command } from './command.ts';
import { blobCommands, manifestCommands, reopen } from './commands.ts';
import { createModel, type Facts, longAgo, type Model } from './model.ts';
import { lengths, uploadId } from './pools.ts';
import { createRandom, type Random } from './random.ts';
import { uploadCommands } from './upload-commands.ts';

/** A kind of commands. */
interface Kind {
  /** How often it is drawn, in proportion to the other kinds. */
  readonly weight: number;
  /** The facts that it needs to have an effect. While there are none, it is drawn ten times less often. */
  readonly about: keyof Facts | undefined;
  draw(source: choose.Source): Command;
}

/** A kind of commands: first its main arguments are chosen, then the command is made of them. */
function kind<T>(
  weight: number,
  about: Kind['about'],
  chosen: (source: choose.Source) => T,
  make: (chosen: T, source: choose.Source) => Command,
): Kind {
  return { weight, about, draw: (source) => make(chosen(source), source) };
}

/** A time after anything was touched. */
const farAhead = new Date('2100-01-01');
/** The numbers of buffers in each step of a chunk, to choose from. */
const stepSizes = [[1], [1], [3], [1, 1], [2, 0, 1], [0, 1]];
const stepSizesOrNone = [...stepSizes, []];

const blobKinds: readonly Kind[] = [
  kind(9, 'blobs', choose.aBlob, ({ repo, digest }, from) => blobCommands.get(repo, digest, choose.aRange(from, digest))),
  kind(3, 'blobs', choose.aBlob, ({ repo, digest }) => blobCommands.delete(repo, digest)),
  kind(5, 'blobs', choose.aBlob, ({ repo, digest }, from) =>
    blobCommands.mount(choose.aRepository(from), digest, choose.anOrigin(from, repo)),
  ),
  kind(2, undefined, choose.aRepository, (repo, from) =>
    blobCommands.put(repo, from.random.oneOf([0, 1]), from.random.oneOf(lengths), choose.aShape(from, stepSizes)),
  ),
];

const uploadKinds: readonly Kind[] = [
  kind(4, undefined, choose.aRepository, (repo, { model }) => uploadCommands.create(repo, uploadId(model.facts.states.size))),
  kind(4, 'uploads', choose.anUpload, ({ repo, id }) => uploadCommands.get(repo, id)),
  kind(18, 'uploads', choose.anUpload, ({ repo, id }, from) =>
    uploadCommands.append(repo, id, choose.aState(from), from.random.oneOf(lengths), choose.aShape(from, stepSizesOrNone)),
  ),
  kind(5, 'uploads', choose.anUpload, ({ repo, id }, from) => uploadCommands.read(repo, id, choose.aPastState(from))),
  kind(10, 'uploads', choose.anUpload, ({ repo, id }, from) =>
    uploadCommands.commit(repo, id, choose.aState(from), from.random.chance(0.2) ? 'sha512' : 'sha256'),
  ),
  kind(2, 'uploads', choose.anUpload, ({ repo, id }) => uploadCommands.delete(repo, id)),
  kind(
    1,
    'uploads',
    ({ random }) => random.chance(0.5),
    (all) => uploadCommands.expire(all ? farAhead : longAgo),
  ),
];

const manifestKinds: readonly Kind[] = [
  kind(7, undefined, choose.anyManifest, ({ repo, manifest }) => manifestCommands.put(repo, manifest)),
  kind(4, 'manifests', choose.aManifest, ({ repo, manifest }) => manifestCommands.get(repo, manifest.digest)),
  kind(4, 'manifests', choose.aTaggedManifest, ({ repo, manifest }) => manifestCommands.delete(repo, manifest.digest)),
  kind(13, 'manifests', choose.aTarget, ({ repo, tag, digest }, from) =>
    manifestCommands.tag(repo, tag, digest, choose.anExpectation(from, repo, tag)),
  ),
  kind(3, 'tags', choose.aTag, ({ repo, tag }, from) =>
    manifestCommands.untag(repo, tag, choose.anExpectation(from, repo, tag) ?? undefined),
  ),
  kind(6, 'tags', choose.aTag, ({ repo, tag }) => manifestCommands.resolve(repo, tag)),
  kind(7, 'manifests', choose.aRepository, (repo, from) => manifestCommands.tags(repo, choose.aPage(from))),
  kind(5, 'manifests', choose.aSubject, ({ repo, subject }, from) =>
    manifestCommands.referrers(repo, subject, choose.aPageOfReferrers(from)),
  ),
  kind(6, 'manifests', choose.aPage, manifestCommands.repositories),
];

const kinds = [...blobKinds, ...uploadKinds, ...manifestKinds];
const withReopening = [...kinds, kind(4, undefined, () => undefined, reopen)];

/** The number of commands in a sequence. */
const commandsPerSequence = 30;

/** The sequence of a seed and a number, the same each time; with `reopening`, it has commands that reopen the driver. */
export function drawSequence(seed: string, number: number, reopening: boolean): readonly Command[] {
  const random = createRandom(seed, number);
  const model = createModel();
  return Array.from({ length: commandsPerSequence }, () => {
    const next = drawCommand(random, model, reopening ? withReopening : kinds);
    next.playOnModel(model);
    return next;
  });
}

function drawCommand(random: Random, model: Model, among: readonly Kind[]): Command {
  const there = ({ about }: Kind): boolean => about === undefined || [...model.facts[about]].length > 0;
  const weighted = among.map((each) => ({ each, weight: there(each) ? each.weight : each.weight / 10 }));
  return random.weighted(weighted).each.draw({ random, model });
}
