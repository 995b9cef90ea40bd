/** What a verification finds, and what it says at its end: plain data. */
import type { Digest, ItemKind, RepositoryName, Tag } from '../../driver.ts';

/** Something that is not as it was pushed. */
export type Finding =
  /** A blob or a manifest cannot be read, its bytes are gone, or they are others. Of a blob, each repository that holds it has a finding. */
  | DamageFinding
  /** A manifest is not listed among the referrers of its subject, or not as it should be. */
  | (About & { readonly kind: 'referrer'; readonly digest: Digest; readonly subject: Digest })
  /** A manifest names content that its repository does not hold. */
  | (About & { readonly kind: 'reference'; readonly digest: Digest; readonly names: Digest })
  /** A tag cannot be read, or points at a manifest that is not there. */
  | (About & { readonly kind: 'tag'; readonly tag: Tag })
  /** A repository that was asked for holds nothing. */
  | (About & { readonly kind: 'repository' });

/** What is said of anything. */
interface About {
  readonly repository: RepositoryName;
  /** In words, to follow the name. */
  readonly wrong: string;
}

/** A blob or a manifest that is damaged. */
export interface DamageFinding extends About {
  readonly kind: ItemKind;
  readonly digest: Digest;
  /** How many bytes of it were read. */
  readonly bytes: number;
  /** Whether it was withdrawn: it is absent until it is pushed again. */
  readonly withdrawn: boolean;
}

/** How far a verification is or, at its end, what it did. */
export interface VerificationReport {
  readonly repositories: number;
  /** How many blobs were read: each once, however many repositories hold it, and again only if something is wrong with it. */
  readonly blobs: number;
  readonly manifests: number;
  readonly tags: number;
  readonly findings: number;
  readonly withdrawn: number;
  /** How many bytes were read. */
  readonly bytes: number;
  readonly seconds: number;
}
