/** The configuration of the command `stowage serve`. */
import type { RegistryOptions } from './table.ts';

/**
 * What `stowage.config.js` exports by default, or `stowage.config.json` holds. A flag, and a variable of the environment, counts more.
 *
 * @example
 * import type { ServeConfig } from 'stowage';
 *
 * export const config: ServeConfig = {
 *   root: '/var/lib/registry',
 *   port: 5001,
 *   options: { immutableTags: (repository, tag) => tag !== 'latest' },
 * };
 */
export interface ServeConfig {
  /** Where content is kept. Default: `'fs'`. */
  readonly driver?: 'memory' | 'fs' | 's3';
  /** fs: the directory. Default: `'./data'`. */
  readonly root?: string;
  /** fs: the mode of new files, in octal digits. Default: `'600'`. */
  readonly fileMode?: string;
  /** fs: the mode of new directories, in octal digits. Default: `'700'`. */
  readonly directoryMode?: string;
  /** s3: the bucket. */
  readonly bucket?: string;
  /** s3: where the bucket is, if it is not at AWS. */
  readonly endpoint?: string;
  /** s3: what all keys begin with. */
  readonly prefix?: string;
  /** The address to listen on. Default: `'127.0.0.1'`. */
  readonly host?: string;
  /** The port to listen on, 0 for any free one. Default: 5000. */
  readonly port?: number;
  /** A file with a certificate, in PEM. */
  readonly tlsCert?: string;
  /** A file with the key of that certificate, in PEM. */
  readonly tlsKey?: string;
  /** A file with those who may log in: names and hashes of passwords. Not beside an `authorize` in the options. */
  readonly htpasswd?: string;
  /** Let everybody pull; those who log in push and delete. Default: false. */
  readonly anonymousPull?: boolean;
  /** A file with the key that signs tokens, with which clients then log in. */
  readonly tokenKey?: string;
  /** Where `/metrics` is served for Prometheus: `'9500'`, which is on 127.0.0.1, or `'10.0.0.7:9500'`. Default: nowhere. */
  readonly metrics?: string | number;
  /** Collect garbage, so long after the start and after each time: `'1h'`, `'7d'`. Default: never. */
  readonly gcInterval?: string;
  /** How long something lies in the trash before it is removed. Default: `'24h'`. */
  readonly gcGrace?: string;
  /** Manifests without a tag that nothing needs: they stay (`'keep'`), or go so long after their push (`'7d'`). Default: `'keep'`. */
  readonly gcUntagged?: string;
  /** Which tags stay: rules with spaces between them, as in `'nightly-*:newest=10,within=7d team/**@v*:highest=5'`. Default: all. */
  readonly gcKeep?: string;
  /** Processes that share port and storage. Default: 1. */
  readonly workers?: number;
  /** Accept manifests whose blobs are missing. Default: false. */
  readonly allowMissingReferences?: boolean;
  /** Serve the deletion of tags, manifests and blobs. Default: true. */
  readonly deletes?: boolean;
  /** Serve the reference of the API as well. Default: false. */
  readonly docs?: boolean;
  /** Write a line of JSON for each request. Default: false. */
  readonly log?: boolean;
  /** Options of the registry; they count more than what flags say of the same. */
  readonly options?: RegistryOptions;
}
