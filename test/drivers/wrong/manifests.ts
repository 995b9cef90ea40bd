/** Drivers that are wrong about manifests. */
import { formats } from '../../../lib/api/formats.ts';
import type { Descriptor, Manifest, ManifestDescription, ManifestStore } from '../../../lib/driver.ts';
import { bytes, manifestOf } from '../../../lib/testing/suite/samples.ts';
import { everywhere, moment } from './material.ts';
import { withoutAnnotations } from './referrers.ts';
import { type RightDriver, wrong } from './wrong-driver.ts';

const whole = 'a manifest comes back with its media type, subject and referrer';

/** Stores something else than what it is told. */
function storing(right: RightDriver, change: (manifest: Manifest) => Manifest): Pick<ManifestStore, 'put'> {
  return { put: (repo, manifest) => right.manifests.put(repo, change(manifest)) };
}

/** Gives other bytes than those that were stored. */
function giving(right: RightDriver, change: (content: Uint8Array) => Uint8Array): Pick<ManifestStore, 'get'> {
  return {
    async get(repo, digest) {
      const manifest = await right.manifests.get(repo, digest);
      return manifest && { ...manifest, bytes: change(manifest.bytes) };
    },
  };
}

/** Stores descriptors as a storage does that changes what JSON says. */
function describing(right: RightDriver, change: (referrer: Descriptor) => Descriptor): Pick<ManifestStore, 'put'> {
  return storing(right, ({ referrer, ...manifest }) => ({ ...manifest, ...(referrer && { referrer: change(referrer) }) }));
}

/** The annotations, whose keys and values went through this. */
const through = (change: (text: string) => string) => (referrer: Descriptor) => ({
  ...referrer,
  ...(referrer.annotations && {
    annotations: Object.fromEntries(Object.entries(referrer.annotations).map(([key, value]) => [change(key), change(value)])),
  }),
});

/** Copies annotations by assignment, which sets no own property of some names. */
function copied({ annotations, ...referrer }: Descriptor): Descriptor {
  if (!annotations) return referrer;
  const copy: Record<string, string> = {};
  for (const [key, value] of Object.entries(annotations)) copy[key] = value;
  return { ...referrer, annotations: copy };
}

const parsed = (content: Uint8Array): unknown => JSON.parse(Buffer.from(content).toString());

function isJson(content: Uint8Array): boolean {
  try {
    parsed(content);
    return true;
  } catch {
    // It is no JSON: JSON.parse throws for no other reason.
    return false;
  }
}

/** Writes the bytes of a manifest in two steps. */
async function putInTwoSteps(right: RightDriver, ...[repo, manifest]: Parameters<ManifestStore['put']>): Promise<void> {
  const half = manifest.bytes.subarray(0, manifest.bytes.length >> 1);
  await right.manifests.put(repo, { ...manifest, bytes: half });
  await moment();
  await right.manifests.put(repo, manifest);
}

/** Each forgets or changes something about manifests. */
export const wrongManifests = [
  wrong('annotations lose U+0000', 'a referrer comes back with U+0000', (right) => ({
    manifests: describing(
      right,
      through((text) => text.replaceAll('\0', '')),
    ),
  })),
  wrong('annotations are kept in UTF-8', 'a referrer comes back with lone surrogates', (right) => ({
    manifests: describing(
      right,
      through((text) => Buffer.from(text).toString()),
    ),
  })),
  wrong('annotations have characters of two bytes at most', 'a referrer comes back with characters of all planes', (right) => ({
    manifests: describing(
      right,
      through((text) => text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?')),
    ),
  })),
  wrong('annotations without a key are dropped', 'a referrer comes back with an empty key', (right) => ({
    manifests: describing(right, ({ annotations, ...referrer }) => ({
      ...referrer,
      ...(annotations && { annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== '')) }),
    })),
  })),
  wrong('annotations that are empty are none', 'a referrer comes back with no annotations but an object', (right) => ({
    manifests: describing(right, (referrer) =>
      Object.keys(referrer.annotations ?? {}).length > 0 ? referrer : withoutAnnotations(referrer),
    ),
  })),
  wrong('annotations are copied by assignment', 'a referrer comes back with keys that every object inherits', (right) => ({
    manifests: describing(right, copied),
  })),
  wrong(
    'annotations are normalized',
    'a referrer comes back with keys that differ by case, normalization or spaces',
    (right) => ({
      manifests: describing(
        right,
        through((text) => text.normalize('NFC')),
      ),
    }),
  ),
  wrong('sizes are kept in 32 bits', 'a referrer comes back with a size of more than 32 bits', (right) => ({
    manifests: describing(right, (referrer) => ({ ...referrer, size: referrer.size >>> 0 })),
  })),
  wrong('sizes are kept in floats', 'a referrer comes back with the largest size', (right) => ({
    manifests: describing(right, (referrer) => ({ ...referrer, size: Math.fround(referrer.size) })),
  })),
  wrong('annotations are cut at a length', 'a referrer comes back with long annotations', (right) => ({
    manifests: describing(
      right,
      through((text) => text.slice(0, 65_535)),
    ),
  })),
  wrong(
    'a manifest is parsed and printed again',
    `a manifest comes back byte for byte: ${JSON.stringify('{"a":\n\n1}\n')}`,
    (right) => ({
      manifests: giving(right, (content) => (isJson(content) ? bytes(JSON.stringify(parsed(content))) : content)),
    }),
  ),
  wrong('a manifest is stored as text', 'a manifest of bytes that are no text comes back', (right) => ({
    manifests: giving(right, (content) => bytes(Buffer.from(content).toString())),
  })),
  wrong(
    'a manifest is stored with all memory that its bytes are a part of',
    'a manifest whose bytes are a part of larger memory comes back as those bytes',
    (right) => ({ manifests: giving(right, ({ buffer }) => new Uint8Array(buffer)) }),
  ),
  wrong('an empty manifest is absent', 'a manifest comes back byte for byte: ""', (right) => ({
    manifests: {
      async get(repo, digest) {
        const manifest = await right.manifests.get(repo, digest);
        return manifest?.bytes.length ? manifest : undefined;
      },
    },
  })),
  wrong('the media type of a manifest is forgotten', 'a manifest keeps its media type, whatever that is', (right) => ({
    manifests: storing(right, (manifest) => ({ ...manifest, mediaType: manifestOf('{}').mediaType })),
  })),
  wrong('the media type of a manifest is replaced by one of its own', whole, (right) => ({
    manifests: storing(right, (manifest) => ({
      ...manifest,
      mediaType: formats.mediaType.read('application/octet-stream') ?? manifest.mediaType,
    })),
  })),
  wrong(
    'a manifest that is there is not stored again',
    'a manifest that is put again with another media type and a subject is the later one, and is listed',
    (right) => ({
      manifests: {
        async put(repo, manifest) {
          const stored = await right.manifests.get(repo, manifest.digest);
          const isSame = stored && Buffer.compare(stored.bytes, manifest.bytes) === 0;
          await right.manifests.put(repo, isSame ? stored : manifest);
        },
      },
    }),
  ),
  wrong('the subject of a manifest is forgotten', whole, (right) => ({
    manifests: storing(right, ({ subject: _, ...manifest }) => manifest),
  })),
  wrong('the annotations of a referrer are forgotten', whole, (right) => ({
    manifests: storing(right, ({ referrer, ...manifest }) =>
      referrer ? { ...manifest, referrer: withoutAnnotations(referrer) } : manifest,
    ),
  })),
  wrong(
    'a manifest is written in two steps',
    'a manifest that is put, deleted and put again is read whole or not at all',
    (right) => ({ manifests: { put: (...about) => putInTwoSteps(right, ...about) } }),
  ),
  wrong(
    'a repository gives the manifests of all others',
    'a manifest is in the repository it was put in and in no other',
    (right) => ({
      manifests: {
        async get(repo, digest) {
          for (const each of [repo, ...(await everywhere(right))]) {
            const manifest = await right.manifests.get(each, digest);
            if (manifest !== undefined) return manifest;
          }
          return undefined;
        },
      },
    }),
  ),
  wrong(
    'a deletion takes the manifest from all repositories',
    'deleting a manifest in one repository leaves it in another',
    (right) => ({
      manifests: {
        async delete(repo, digest) {
          const deleted = await right.manifests.delete(repo, digest);
          for (const each of await everywhere(right)) await right.manifests.delete(each, digest);
          return deleted;
        },
      },
    }),
  ),
  wrong(
    'a manifest is described with the size of its object',
    'a manifest is described while it is there, and before and after it is absent',
    ({ manifests }) => ({
      manifests: {
        async describe(repo, digest) {
          const description = await manifests.describe(repo, digest);
          return description && { ...description, size: description.size + 1 };
        },
      },
    }),
  ),
  wrong(
    'a manifest that was deleted is described',
    'a manifest is described while it is there, and before and after it is absent',
    ({ manifests }) => {
      const described = new Map<string, ManifestDescription | undefined>();
      return {
        manifests: {
          async describe(repo, digest) {
            const description = (await manifests.describe(repo, digest)) ?? described.get(digest);
            described.set(digest, description);
            return description;
          },
        },
      };
    },
  ),
  wrong('a manifest that is there already cannot be put', 'a manifest may be put again', (right) => ({
    manifests: {
      async put(repo, manifest) {
        if (await right.manifests.get(repo, manifest.digest)) throw new Error('EEXIST');
        await right.manifests.put(repo, manifest);
      },
    },
  })),
  wrong('a manifest that is absent is an error', 'a manifest that was never stored is absent', (right) => ({
    manifests: {
      async get(repo, digest) {
        const manifest = await right.manifests.get(repo, digest);
        if (manifest === undefined) throw new Error(`ENOENT: ${digest}`);
        return manifest;
      },
    },
  })),
];
