/** One repository, read back: its blobs, its manifests, and its tags. */
import { Gate, mapAhead } from '../../concurrency.ts';
import { DigestSet } from '../../digest-set.ts';
import type { Descriptor, Digest, Driver, Inventory, ItemKind, Moved, Page, RepositoryName, Tag } from '../../driver.ts';
import { before, isHeld, itemsOf, tagPagesOf } from '../listings.ts';
import { confirmed, patiently, type Wrong, wordsOf } from './doubt.ts';
import type { DamageFinding, Finding } from './finding.ts';
import { isSameDescriptor, type Said } from './meaning.ts';
import type { Pace } from './pace.ts';
import { type ReadBack, readBlob, readManifest } from './read-back.ts';
import type { Counts } from './verify.ts';

/** What the checks of all repositories share. */
export interface Run {
  readonly counts: Counts;
  /** Undefined where nothing is withdrawn. */
  readonly withdraw: Inventory['withdraw'];
  readonly signal: AbortSignal | undefined;
  /** Is called after each thing that was looked at. */
  tell(): void;
  readonly pace: Pace;
}

/** How many blobs are read at a time: enough to hide the latency of small ones, few enough that large ones are read in order. */
const blobsAtOnce = 4;

/** What checks repositories, one after the other. Of one that was asked for by name it is told that it holds nothing. */
export function createRepositoryCheck(
  { blobs, manifests }: Pick<Driver, 'blobs' | 'manifests'>,
  lists: Pick<Inventory, 'held' | 'discarded'>,
  { counts, withdraw, signal, tell, pace }: Run,
): (repo: RepositoryName, isAskedFor: boolean) => AsyncGenerator<Finding> {
  /** The blobs that are whole: those that are not are read again for each repository that holds them. */
  const whole = new DigestSet();
  const reading = new Gate(blobsAtOnce);

  /** What `look` says that is wrong with something, unless the repository does not hold it by then. A failure to read is something wrong, too. */
  async function wrongIn(
    repo: RepositoryName,
    kind: ItemKind,
    digest: Digest,
    look: () => Promise<Wrong | undefined>,
  ): Promise<Wrong | undefined> {
    const wrong = await patiently(look, signal).catch((error) => ({ words: wordsOf(error, signal) }));
    return wrong && (await isHeld(lists, repo, kind, digest, signal)) ? wrong : undefined;
  }

  async function damageOf(
    repo: RepositoryName,
    kind: ItemKind,
    digest: Digest,
    readBack: () => Promise<ReadBack | undefined>,
  ): Promise<DamageFinding | undefined> {
    const look = async (): Promise<Wrong | undefined> => {
      const back = await readBack();
      if (back === undefined) return { words: 'is gone' };
      return back.wrong === undefined ? undefined : { words: back.wrong, bytes: back.bytes };
    };
    const wrong = await confirmed(() => wrongIn(repo, kind, digest, look), signal);
    if (wrong === undefined) return undefined;
    const withdrawn = (await withdraw?.(repo, kind, digest, (moved) => isDamaged(digest, moved))) ?? false;
    if (withdrawn) counts.withdrawn++;
    return { kind, repository: repo, digest, wrong: wrong.words, bytes: wrong.bytes ?? 0, withdrawn };
  }

  /** Whether what was moved aside is damaged. What cannot be read is, unless its storage is busy. */
  async function isDamaged(digest: Digest, moved: Moved): Promise<boolean> {
    try {
      const found = await moved();
      if (found === undefined) return false;
      const back = 'open' in found ? await readBlob(found, digest, pace) : await readManifest(found, digest, pace);
      return back?.wrong !== undefined;
    } catch (error) {
      wordsOf(error, signal);
      return true;
    }
  }

  async function checkBlob(repo: RepositoryName, digest: Digest): Promise<readonly Finding[]> {
    const isWhole = whole.has(digest);
    const finding = await damageOf(repo, 'blob', digest, async () => {
      const blob = await blobs.get(repo, digest);
      const back = blob && (isWhole ? { bytes: 0, wrong: undefined } : await reading.pass(() => readBlob(blob, digest, pace)));
      if (back && back.wrong === undefined) whole.add(digest);
      return back;
    });
    if (!isWhole) counts.blobs++;
    return finding ? [finding] : [];
  }

  async function checkManifest(repo: RepositoryName, digest: Digest, known: Known): Promise<readonly Finding[]> {
    let said: Said | undefined;
    let listed: Listed | undefined;
    const finding = await damageOf(repo, 'manifest', digest, async () => {
      const manifest = await manifests.get(repo, digest);
      const back = manifest && (await readManifest(manifest, digest, pace));
      said = back?.said;
      const [subject, entry] = [said?.subject ?? manifest?.subject, said?.referrer ?? manifest?.referrer];
      listed = subject && entry && { subject, entry };
      return back;
    });
    counts.manifests++;
    if (finding) return [finding];
    const missing = said ? await missingOf(repo, digest, said, known) : [];
    const unlisted = listed && (await wronglyListed(repo, digest, listed));
    return unlisted ? [...missing, unlisted] : missing;
  }

  /** What a manifest names, and its repository does not hold. */
  async function missingOf(repo: RepositoryName, digest: Digest, said: Said, known: Known): Promise<Finding[]> {
    const findings: Finding[] = [];
    const names: readonly (readonly [readonly ItemKind[], readonly Digest[]])[] = [
      [['blob'], said.blobs],
      [['manifest'], said.manifests],
      [['manifest', 'blob'], said.either],
    ];
    for (const [kinds, digests] of names) {
      for (const named of digests.filter((each) => !kinds.some((kind) => known[kind].has(each)))) {
        const look = async (): Promise<Wrong | undefined> => {
          for (const kind of kinds) if (await isThere(repo, kind, named)) return undefined;
          return { words: `names the ${kinds.join(' or ')} ${named}, which is not there` };
        };
        const wrong = await confirmed(() => wrongIn(repo, 'manifest', digest, look), signal);
        if (wrong) findings.push({ kind: 'reference', repository: repo, digest, names: named, wrong: wrong.words });
      }
    }
    return findings;
  }

  /** Whether something can be found. What cannot be read is there: it is told of by itself. */
  async function isThere(repo: RepositoryName, kind: ItemKind, digest: Digest): Promise<boolean> {
    try {
      return (kind === 'blob' ? await blobs.get(repo, digest) : await manifests.get(repo, digest)) !== undefined;
    } catch (error) {
      wordsOf(error, signal);
      return true;
    }
  }

  /** What is wrong with how a manifest is listed among the referrers of its subject. Only its own entry is asked for: others may lie in the trash. */
  async function wronglyListed(repo: RepositoryName, digest: Digest, { subject, entry }: Listed): Promise<Finding | undefined> {
    const look = async (): Promise<Wrong | undefined> => {
      const [found] = await manifests.referrers(repo, subject, { after: before(digest), limit: 1 }, signal);
      if (found?.digest !== digest) return { words: `is not listed among the referrers of ${subject}` };
      return isSameDescriptor(found, entry)
        ? undefined
        : { words: `is listed among the referrers of ${subject} as something else` };
    };
    const wrong = await confirmed(() => wrongIn(repo, 'manifest', digest, look), signal);
    return wrong && { kind: 'referrer', repository: repo, digest, subject, wrong: wrong.words };
  }

  async function* tagsOf(repo: RepositoryName): AsyncGenerator<Tag> {
    const list = (page: Page) => patiently(() => manifests.tags(repo, page, signal), signal);
    for await (const page of tagPagesOf(list, signal)) yield* page;
  }

  async function checkTag(repo: RepositoryName, tag: Tag, known: Known): Promise<readonly Finding[]> {
    const target = (): Promise<Digest | undefined> => manifests.resolve(repo, tag, { thenRead: true });
    const look = async (): Promise<Wrong | undefined> => {
      const digest = await patiently(target, signal);
      if (digest === undefined) return (await isListed()) ? { words: 'points at nothing' } : undefined;
      if (known.manifest.has(digest) || (await isThere(repo, 'manifest', digest))) return undefined;
      return (await target()) === digest ? { words: `points at ${digest}, which is not there` } : undefined;
    };
    const isListed = async (): Promise<boolean> => {
      // What sorts before it is the same without its last character.
      for (let after: Tag | undefined = tag.slice(0, -1) as Tag; ; ) {
        const page: readonly Tag[] = (await manifests.tags(repo, { after, limit: 10 }, signal)) ?? [];
        after = page.at(-1);
        if (page.includes(tag)) return true;
        if (after === undefined || after > tag) return false;
      }
    };
    const wrong = await confirmed(async () => {
      try {
        return await look();
      } catch (error) {
        const words = wordsOf(error, signal);
        return (await isListed()) ? { words } : undefined;
      }
    }, signal);
    counts.tags++;
    return wrong ? [{ kind: 'tag', repository: repo, tag, wrong: wrong.words }] : [];
  }

  /** What the repository holds and what lies in its trash, in which nothing is looked for. */
  async function knownIn(repo: RepositoryName): Promise<Known> {
    const known = { blob: new DigestSet(), manifest: new DigestSet(), isEmpty: true };
    for (const list of ['held', 'discarded'] as const) {
      for (const kind of ['blob', 'manifest'] as const) {
        for await (const { digest } of itemsOf(lists, list, repo, kind, signal)) {
          known[kind].add(digest);
          if (list === 'held') known.isEmpty = false;
        }
      }
    }
    return known;
  }

  /** The findings about each of some things; several of them are looked at at a time. */
  async function* each<T>(things: AsyncIterable<T>, check: (thing: T) => Promise<readonly Finding[]>): AsyncGenerator<Finding> {
    for await (const findings of mapAhead(things, check)) {
      tell();
      yield* findings;
    }
  }

  return async function* (repo, isAskedFor) {
    const known = await knownIn(repo);
    if (known.isEmpty && isAskedFor) yield { kind: 'repository', repository: repo, wrong: 'holds nothing' };
    yield* each(itemsOf(lists, 'held', repo, 'blob', signal), ({ digest }) => checkBlob(repo, digest));
    yield* each(itemsOf(lists, 'held', repo, 'manifest', signal), ({ digest }) => checkManifest(repo, digest, known));
    yield* each(tagsOf(repo), (tag) => checkTag(repo, tag, known));
  };
}

/** What a repository had when it was looked through. */
interface Known extends Readonly<Record<ItemKind, DigestSet>> {
  readonly isEmpty: boolean;
}

/** How a manifest is listed. */
interface Listed {
  readonly subject: Digest;
  readonly entry: Descriptor;
}
