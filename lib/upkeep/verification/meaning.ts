/** What a manifest says of itself, read off its bytes again. */
import { RegistryError } from '../../api/errors.ts';
import { digestOf } from '../../content/digest.ts';
import { type ParsedManifest, parseManifest, schema1MediaTypes } from '../../content/manifest.ts';
import { algorithmOf, type Descriptor, type Digest, type Manifest, readDigest } from '../../driver.ts';

/** A manifest as its bytes tell it. */
export interface Meaning {
  /** Of its bytes; of schema 1, of its signed payload. */
  readonly digest: Digest;
  /** Undefined where the bytes are of no format that is known here: they name nothing then. */
  readonly said: Said | undefined;
}

/** What a manifest says, with its entry in the list of referrers. */
export interface Said extends Omit<ParsedManifest, 'referrer'> {
  readonly referrer?: Descriptor;
}

/** It was pushed under limits that are not known here: there are none. */
const limits = { descriptors: Number.POSITIVE_INFINITY, jsonDepth: Number.POSITIVE_INFINITY };

/** Reads what a manifest says. */
export async function meaningOf(manifest: Manifest): Promise<Meaning> {
  const { digest, mediaType, bytes } = manifest;
  if (Object.values<string>(schema1MediaTypes).includes(mediaType)) return schema1Of(manifest);
  // What is kept as another type than it says is no damage of its bytes: it is read as what it says.
  const parsed = ifValid(() => parseManifest(bytes, mediaType, limits)) ?? ifValid(() => parseManifest(bytes, undefined, limits));
  return { digest: digestOf(bytes, algorithmOf(digest)), said: parsed && withEntry(parsed, manifest) };
}

function withEntry({ referrer, ...parsed }: ParsedManifest, { digest, bytes }: Manifest): Said {
  return { ...parsed, ...(referrer && { referrer: { ...referrer, digest, size: bytes.length } }) };
}

/** A document of schema 1. Layers that it names by tarsums are not looked for. */
async function schema1Of({ digest, bytes }: Manifest): Promise<Meaning> {
  const { readSchema1 } = await import('../../legacy/schema1/index.ts');
  const document = ifValid(() => readSchema1(bytes, limits));
  return {
    digest: digestOf(document?.payload ?? bytes, algorithmOf(digest)),
    said: document && {
      mediaType: schema1MediaTypes[document.signed ? 'signed' : 'unsigned'],
      blobs: [...new Set(document.layers.flatMap((layer) => readDigest(layer) ?? []))],
      manifests: [],
      either: [],
    },
  };
}

/** What a reader gives; undefined where the bytes break a rule of the format, as those may that an earlier release took. */
function ifValid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

/** Whether two descriptors say the same, whatever the order of their members. */
export function isSameDescriptor(one: Descriptor, other: Descriptor): boolean {
  return inOrder(one) === inOrder(other);
}

function inOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(members.map(([name, member]) => [name, inOrder(member)]));
}
