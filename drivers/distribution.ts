/**
 * Trees that distribution wrote, Docker's registry (`docker/registry/v2`): served as they lie, or moved into a directory of the fs driver
 * without copying bytes. `distribution/layout.ts` lists the keys that are read.
 *
 * @module stowage/drivers/distribution
 */
import { parseOptions } from '../lib/checks/options.ts';
import type { Driver } from '../lib/driver.ts';
import { type DistributionDriverOptions, distributionOptions } from './distribution/options.ts';
import { createBlobStore, createManifestStore, createUploadStore } from './distribution/stores.ts';
import { openTree } from './distribution/tree.ts';

export { adoptDistributionTree } from './distribution/adopt.ts';
export type {
  AdoptionCounts,
  AdoptionOptions,
  AdoptionProgress,
  AdoptionReport,
  AdoptionTarget,
  Skipped,
} from './distribution/adoption-options.ts';
export type { DistributionDriverOptions } from './distribution/options.ts';

/** A {@link Driver} that serves a tree of distribution. */
export interface DistributionDriver extends Driver {
  /**
   * Looks whether the tree is there, so that a server can fail before it listens. Optional.
   *
   * @throws {StorageFault} that says what is missing
   */
  prepare(): Promise<void>;
}

/**
 * A driver that serves the tree of a distribution registry as it lies, and changes nothing in it. What would change it throws a
 * `StorageFault`: let `authorize` grant pulls alone, so that clients are told that they may not push.
 *
 * The registry that wrote the tree may go on: what it writes is served from then on. The media type of a manifest, which the tree does not
 * have, is read off its bytes; so is its subject, for lists of referrers. A link that is damaged is a fault, and a tag without its
 * manifest is absent. Symbolic links below `blobs` and `repositories` lead nowhere.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { distributionDriver } from 'stowage/drivers/distribution';
 *
 * const driver = distributionDriver({ root: './old' });
 * await driver.manifests.repositories({ limit: 10 }); // => []
 */
export function distributionDriver(options: DistributionDriverOptions): DistributionDriver {
  const { root, cacheBytes } = parseOptions('distributionDriver', options, distributionOptions);
  const tree = openTree(root, cacheBytes);
  const blobs = createBlobStore(tree);
  return {
    name: 'distribution',
    blobs,
    uploads: createUploadStore(blobs),
    manifests: createManifestStore(tree),
    prepare: tree.require,
  };
}
