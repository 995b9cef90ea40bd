/**
 * The keys of the tree that distribution writes below `docker/registry/v2` of its `rootdirectory`, as far as they are read:
 *
 *     blobs/<algorithm>/<xx>/<hex>/data                               the bytes of a blob or manifest, once for all repositories; <xx>
 *                                                                     are the first two digits of <hex>
 *     repositories/<name>/_layers/<algorithm>/<hex>/link              this repository holds the blob
 *     repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link this repository holds the manifest
 *     repositories/<name>/_manifests/tags/<tag>/current/link          where the tag points
 *
 * A link is a file with a digest in it, and nothing else. What is deleted loses its link, and keeps its directory. The rest is of no
 * use to readers: `_uploads`, and the `index` of each tag, which has what it pointed at before.
 */
import { algorithmOf, type Digest, hexOf, type RepositoryName, type Tag } from '../../lib/driver.ts';
import { repositoriesPrefix } from '../tree/layout.ts';

/** Where the tree is in the `rootdirectory` of a registry. */
export const treeDirectory = 'docker/registry/v2';

/** The key of the bytes of a blob or manifest. */
export function blobKey(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest).slice(0, 2)}/${hexOf(digest)}/data`;
}

/** The directory of the repository's links to blobs. */
export function layersDirectory(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/_layers`;
}

/** The directory of the repository's links to manifests. */
export function revisionsDirectory(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/_manifests/revisions`;
}

/** The key of the link to a digest in one of these directories. */
export function linkKey(directory: string, digest: Digest): string {
  return `${directory}/${algorithmOf(digest)}/${hexOf(digest)}/link`;
}

/** The directory of the repository's tags, each a directory. */
export function tagsDirectory(repo: RepositoryName): string {
  return `${repositoriesPrefix}${repo}/_manifests/tags`;
}

/** The key of the link that says where a tag points. */
export function tagKey(repo: RepositoryName, tag: Tag): string {
  return `${tagsDirectory(repo)}/${tag}/current/link`;
}
