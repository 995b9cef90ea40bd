/** A tree as distribution writes it, made by hand in a temporary directory. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  blobKey,
  layersDirectory,
  linkKey,
  revisionsDirectory,
  tagKey,
  treeDirectory,
} from '../../../drivers/distribution/layout.ts';
import type { Digest, RepositoryName } from '../../../lib/driver.ts';
import type { Content } from '../../../lib/testing/fixture/content/index.ts';
import { digestOf, readName, readTag } from '../../../lib/testing/suite/samples.ts';

/** A tree, and what writes into it. */
export interface WrittenTree {
  /** The `rootdirectory`. */
  readonly root: string;
  /** Where a key lies. */
  at(key: string): string;
  /** Writes a file, and the directories above it. */
  write(key: string, content: string | Uint8Array): void;
  /** Writes bytes under their digest, held by no repository. */
  bytes(content: Uint8Array): Digest;
  /** Lets a repository hold bytes as a blob. */
  layer(repo: string, content: Uint8Array): Digest;
  /** Lets a repository hold bytes as a manifest, which is any text, under tags. */
  manifest(repo: string, content: string | Uint8Array, ...tags: string[]): Digest;
  /** Points a tag at a digest. */
  tag(repo: string, tag: string, digest: Digest): void;
  /** Writes content with all that it is made of. */
  content(repo: string, content: Content, ...tags: string[]): Digest;
  remove(): void;
}

/** Makes an empty tree. */
export function makeTree(): WrittenTree {
  const root = mkdtempSync(join(tmpdir(), 'stowage-distribution-'));
  const at = (key: string): string => join(root, treeDirectory, key);
  const write = (key: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(at(key)), { recursive: true });
    writeFileSync(at(key), content);
  };
  const bytes = (content: Uint8Array): Digest => {
    const digest = digestOf(content);
    write(blobKey(digest), content);
    return digest;
  };
  const link = (directory: (repo: RepositoryName) => string, repo: string, content: Uint8Array): Digest => {
    const digest = bytes(content);
    write(linkKey(directory(readName(repo)), digest), digest);
    return digest;
  };
  const tree: WrittenTree = {
    root,
    at,
    write,
    bytes,
    layer: (repo, content) => link(layersDirectory, repo, content),
    manifest(repo, content, ...tags) {
      const digest = link(revisionsDirectory, repo, Buffer.from(content));
      for (const tag of tags) tree.tag(repo, tag, digest);
      return digest;
    },
    tag: (repo, tag, digest) => write(tagKey(readName(repo), readTag(tag)), digest),
    content(repo, { manifest, blobs, children }, ...tags) {
      for (const blob of blobs) tree.layer(repo, blob.bytes);
      for (const child of children) tree.content(repo, child);
      return tree.manifest(repo, manifest.bytes, ...tags);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  mkdirSync(at('repositories'), { recursive: true });
  mkdirSync(at('blobs'), { recursive: true });
  return tree;
}
