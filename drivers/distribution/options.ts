/** What the driver for trees of distribution can be told: the type, and a row for each option. */
import type { OptionTable } from '../../lib/checks/options.ts';
import { fsOptions } from '../fs/options.ts';

/** Which tree `distributionDriver` serves. */
export interface DistributionDriverOptions {
  /** The `rootdirectory` of the registry that wrote the tree: it has `docker/registry/v2` in it. Nothing is ever written there. */
  readonly root: string;
  /** How many bytes of links, manifests, small blobs and lists of names are kept in memory; 0 keeps nothing. Default: 16 MiB. */
  readonly cacheBytes?: number | undefined;
}

/** The options of `distributionDriver`. */
export const distributionOptions = {
  root: {
    required: true,
    check: fsOptions.root.check,
    sentence: 'the `rootdirectory` of the registry that wrote the tree: it has `docker/registry/v2` in it',
  },
  cacheBytes: {
    check: fsOptions.cacheBytes.check,
    default: fsOptions.cacheBytes.default,
    defaultWords: fsOptions.cacheBytes.defaultWords,
    sentence: 'how many bytes of links, manifests, small blobs and lists of names are kept in memory; 0 keeps none',
  },
} as const satisfies OptionTable<DistributionDriverOptions>;
