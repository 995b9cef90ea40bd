/** The formats of 2014, imported on first use: with their options off, none of their modules is loaded. */
import { RegistryError } from '../api/errors.ts';
import type { Driver } from '../driver.ts';
import type { Settings } from '../options.ts';
import type * as Schema1 from './schema1/index.ts';
import type { Tarsums } from './tarsum/index.ts';

/** The formats of 2014 that the option `legacy` turns on. */
export interface Legacy {
  /** Imports the parser of schema 1; undefined if the option is off. */
  readonly schema1: (() => Promise<typeof Schema1>) | undefined;
  /** The bytes that the digest of a stored document of schema 1 covers, whatever the option says; undefined if it is damaged. */
  schema1Payload(document: Uint8Array): Promise<Uint8Array | undefined>;
  /** Imports the look-up of blobs by tarsum. Rejects with 400 `DIGEST_INVALID` if the option is off. */
  tarsums(): Promise<Tarsums>;
}

/** Creates the formats that the options turn on, for the content of a driver. */
export function createLegacy(driver: Pick<Driver, 'blobs' | 'manifests'>, { schema1, tarsum }: Settings['legacy']): Legacy {
  let loaded: Promise<Tarsums> | undefined;
  const load = async () => (await import('./tarsum/index.ts')).createTarsums(driver);
  return {
    schema1: schema1 && (() => import('./schema1/index.ts')),
    schema1Payload: async (document) => (await import('./schema1/index.ts')).payloadOf(document),
    tarsums: async () => {
      if (!tarsum) throw notServed();
      loaded ??= load();
      return loaded;
    },
  };
}

function notServed(): RegistryError {
  return new RegistryError('DIGEST_INVALID', {
    message: 'tarsums are not served here: name the blob by its digest, or have the option legacy.tarsum turned on',
    detail: { reason: 'tarsum-off', parameter: 'digest' },
  });
}
