/** The formats of 2014, loaded when they are first asked for: where their options are off, nothing of them is imported. */
import { RegistryError } from '../api/errors.ts';
import type { Driver } from '../driver.ts';
import type { Settings } from '../options.ts';
import type * as Schema1 from './schema1/index.ts';
import type { Tarsums } from './tarsum/index.ts';

/** What the option `legacy` lets operations use. */
export interface Legacy {
  /** Reads manifests of schema version 1; undefined where they are not taken. */
  readonly schema1: (() => Promise<typeof Schema1>) | undefined;
  /** The tarsums that blobs were pushed under. Throws 400 `DIGEST_INVALID` where they are not taken. */
  tarsums(): Promise<Tarsums>;
}

/** The formats that are taken, over a driver. */
export function createLegacy(driver: Driver, { schema1, tarsum }: Settings['legacy']): Legacy {
  let loaded: Promise<Tarsums> | undefined;
  const load = async () => (await import('./tarsum/index.ts')).tarsumsOver(driver);
  return {
    schema1: schema1 && (() => import('./schema1/index.ts')),
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
    detail: { parameter: 'digest' },
  });
}
