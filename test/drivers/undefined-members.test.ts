/** A driver whose records have every optional member, undefined where there is nothing: as rows of a database have it. */
import { describe, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, Upload } from '../../lib/driver.ts';
import { testDriver, testWire } from '../../lib/testing/suite/index.ts';
import { optionalMethods } from '../../lib/testing/suite/optional-methods.ts';

const asRow = (upload: Upload | undefined): Upload | undefined => upload && { digest: undefined, token: undefined, ...upload };

function rowsDriver(): Driver {
  const { name, blobs, uploads, manifests } = memoryDriver();
  return {
    name,
    largestBlob: undefined,
    close: undefined,
    outbox: undefined,
    inventory: undefined,
    blobs: {
      ...blobs,
      mount: undefined,
      put: undefined,
      get: async (repo, digest) => {
        const blob = await blobs.get(repo, digest);
        return blob && { url: undefined, ...blob };
      },
    },
    uploads: {
      ...uploads,
      complete: undefined,
      expire: undefined,
      create: async (...about) => ({ token: undefined, ...(await uploads.create(...about)) }),
      get: async (...about) => asRow(await uploads.get(...about)),
      append: async (...about) => asRow(await uploads.append(...about)),
    },
    manifests: {
      ...manifests,
      describe: undefined,
      putTagged: undefined,
      get: async (repo, digest) => {
        const manifest = await manifests.get(repo, digest);
        return manifest && { subject: undefined, referrer: undefined, ...manifest };
      },
      referrers: async (...about) => {
        const page = await manifests.referrers(...about);
        return page.map((descriptor) => ({ artifactType: undefined, annotations: undefined, ...descriptor }));
      },
    },
  };
}

const underTest = {
  name: 'a driver that gives what is absent as undefined',
  create: rowsDriver,
  lacks: optionalMethods,
} as const;
testDriver(underTest, { describe, it });
testWire(underTest, { describe, it });
