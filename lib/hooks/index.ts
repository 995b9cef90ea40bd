/** Calls the functions of the option `hooks`. Loaded only where the option is given. */
import { errorOfHost } from '../api/errors.ts';
import type { Digest, RepositoryName, Tag, Tarsum } from '../api/formats.ts';
import type { BlobStore, Manifest, ManifestStore } from '../driver.ts';
import { type Fact, type FactType, factsOf } from '../events/facts.ts';
import { guarded } from '../events/guarded.ts';
import { orAborted } from '../events/or-aborted.ts';
import type { ResponseEvent } from '../events/response.ts';
import type { Hooks, Logger } from '../options/table.ts';
import type { DecidingHook } from './hooks.ts';

/** What is known of a request whatever it is about, and of the registry. */
export interface Asking {
  readonly path: { readonly name: RepositoryName };
  readonly user: string | undefined;
  readonly signal: AbortSignal;
  readonly settings: { readonly hooks: Hooks };
  readonly driver: {
    readonly blobs: Pick<BlobStore, 'get' | 'mount'>;
    readonly manifests: Pick<ManifestStore, 'resolve'>;
  };
}

type ObserverName = Extract<keyof Hooks, `on${string}`>;

/** Which function hears of what. */
const observerOf: Readonly<Record<FactType, ObserverName>> = {
  'manifest.push': 'onPush',
  'blob.push': 'onPush',
  'manifest.pull': 'onPull',
  'blob.pull': 'onPull',
  'blob.mount': 'onMount',
  'manifest.delete': 'onDelete',
  'tag.delete': 'onDelete',
  'blob.delete': 'onDelete',
  'tag.set': 'onTag',
  'upload.begin': 'onUpload',
  'upload.append': 'onUpload',
  'upload.cancel': 'onUpload',
};

/** Tells what a request has done. What a hook throws is logged. Never rejects. */
export async function observe(hooks: Hooks, event: ResponseEvent, logger: Pick<Logger, 'error'>): Promise<void> {
  // A pull counts once all of it has left, and a HEAD is none.
  if (event.method === 'HEAD' || (event.method === 'GET' && !event.complete)) return;
  for (const fact of factsOf(event, event.status)) {
    const name = observerOf[fact.type];
    // Here data meets types: the table has each fact with a function that takes it.
    const hook = hooks[name] as ((fact: Fact, event: ResponseEvent) => unknown) | undefined;
    await guarded(
      () => hook?.(fact, event),
      (err) => logger.error({ err }, `${name} failed`),
    );
  }
}

/** Asks about a manifest, and then about each of its tags in turn. Rejects with the error to answer. */
export async function decideOnManifest(asking: Asking, manifest: Manifest, tags: readonly Tag[]): Promise<void> {
  const { beforeManifest, beforeTag } = asking.settings.hooks;
  const { digest, mediaType, bytes, subject } = manifest;
  const about = aboutOf(asking);
  if (beforeManifest) {
    await decide(beforeManifest, { ...about, digest, mediaType, bytes, tags, ...(subject !== undefined && { subject }) });
  }
  if (!beforeTag) return;
  for (const tag of tags) {
    const previous = await asking.driver.manifests.resolve(about.repository, tag);
    await decide(beforeTag, { ...about, tag, digest, ...(previous !== undefined && { previous }) });
  }
}

/** Asks about a blob that is pushed; `size` is undefined where it is not known before its bytes come. Rejects with the error to answer. */
export async function decideOnBlob(asking: Asking, digest: Digest | Tarsum, size: number | undefined): Promise<void> {
  const { beforeBlob } = asking.settings.hooks;
  if (beforeBlob) await decide(beforeBlob, { ...aboutOf(asking), digest, size });
}

/** Asks about a blob that is mounted. Where that cannot be done it is uploaded, and asked about then. Rejects with the error to answer. */
export async function decideOnMount(asking: Asking, digest: Digest, from: RepositoryName | undefined): Promise<void> {
  const { beforeBlob } = asking.settings.hooks;
  const { blobs } = asking.driver;
  if (!beforeBlob || !blobs.mount) return;
  const about = { ...aboutOf(asking), digest };
  if (from === undefined) return decide(beforeBlob, { ...about, size: undefined });
  const blob = await blobs.get(from, digest);
  if (blob) await decide(beforeBlob, { ...about, size: blob.size, from });
}

const aboutOf = ({ path, user, signal }: Asking) => ({ repository: path.name, signal, ...(user !== undefined && { user }) });

/** Asks the host's code; a failure of it is a 503, unless it is an error that the host wants to be sent. */
async function decide<About extends { readonly signal: AbortSignal }>(hook: DecidingHook<About>, about: About): Promise<void> {
  try {
    const answer = hook(about);
    if (answer !== undefined) await orAborted(answer, about.signal);
  } catch (cause) {
    if (about.signal.aborted) throw cause;
    throw errorOfHost(cause, 'it could not be decided whether this may be pushed');
  }
}
