/** The functions of the option `hooks`, and what they are told. Types only. */
import type { Digest, MediaType, RepositoryName, Tag, Tarsum } from '../api/formats.ts';
import type { FactOf, FactType } from '../events/facts.ts';
import type { ResponseEvent } from '../events/response.ts';

/** What every deciding hook is told. */
export interface Deciding {
  readonly repository: RepositoryName;
  /** Who asks: the `subject` of the permit; absent for a client that is not known. */
  readonly user?: string;
  /**
   * Aborted when the reply is not needed any longer: the client has left, or the registry closes. The registry itself does not wait
   * for the hook after that.
   */
  readonly signal: AbortSignal;
}

/** A manifest that is about to be stored: it was read whole, and what it refers to is there. */
export interface BeforeManifest extends Deciding {
  readonly digest: Digest;
  readonly mediaType: MediaType;
  /** The bytes as they came; their length is the size of the manifest. Not to be written to. */
  readonly bytes: Uint8Array;
  /** The manifest that this one refers to as its `subject`. */
  readonly subject?: Digest;
  /** The tags that the push is to set; `beforeTag` is asked about each of them. */
  readonly tags: readonly Tag[];
}

/** A tag that is about to be set, with the manifest that is pushed. */
export interface BeforeTag extends Deciding {
  readonly tag: Tag;
  /** The manifest that it is to point at. */
  readonly digest: Digest;
  /** Where it points now; absent if there is no such tag. Another push may move it before this one does. */
  readonly previous?: Digest;
}

/** A blob that is about to be published or mounted. */
export interface BeforeBlob extends Deciding {
  /** The digest that the client names, or the tarsum. */
  readonly digest: Digest | Tarsum;
  /**
   * In bytes: what the client has sent and announced, or the size of the blob that it mounts. Undefined where the body does not say its length
   * before it comes, and for a mount without a source.
   */
  readonly size: number | undefined;
  /** The source of a mount. */
  readonly from?: RepositoryName;
}

/** Lets a request go on by returning. What it throws refuses it. */
export type DecidingHook<About> = (about: About) => void | Promise<void>;

/** Hears of something that has happened, and of the response that said so. What it throws is logged and changes nothing. */
export type ObservingHook<Type extends FactType> = (fact: FactOf<Type>, event: ResponseEvent) => void | Promise<void>;
