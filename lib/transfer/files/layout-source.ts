/** Content of an image layout, in a folder or an archive. */
import type { Descriptor } from '../../api/bodies.ts';
import { type Digest, type MediaType, readDigest, readEssence } from '../../api/formats.ts';
import { indexType } from '../../api/known-media.ts';
import { blobPath, entryNamed, imageName, namesOf, refName } from '../../layout/entries.ts';
import { checkDigest } from '../bytes.ts';
import { manifestBytes, type Named, type Names, namesIn, namesInList } from '../names.ts';
import type { FoundManifest, Source } from '../place.ts';
import { type ImageFiles, readSmall } from './image-files.ts';

/** How large `index.json` may be: it lists all that there is. */
const listBytes = 64 * 1024 * 1024;

/** Reads `index.json`; undefined if there is none. Throws an Error for one that is no index. */
export async function readLayoutIndex(files: ImageFiles): Promise<Names | undefined> {
  const bytes = await readSmall(files, 'index.json', listBytes);
  return bytes && namesInList(bytes, indexType as MediaType);
}

/** Whether files are those of a layout. */
export const isLayout = async (files: ImageFiles): Promise<boolean> => (await files.find('oci-layout')) !== undefined;

/** Opens a layout. Throws an Error for what is none. */
export async function layoutSource(files: ImageFiles): Promise<Source> {
  const index = (await isLayout(files)) ? await readLayoutIndex(files) : undefined;
  if (!index) throw new Error(`${files.name} is no image layout: it has no file ${index ? 'index.json' : 'oci-layout'}`);
  return new LayoutSource(files, [...index.manifests, ...index.either]);
}

class LayoutSource implements Source {
  readonly name: string;
  #subjects: Promise<ReadonlyMap<Digest, readonly Descriptor[]>> | undefined;

  constructor(
    private readonly files: ImageFiles,
    private readonly entries: readonly Named[],
  ) {
    this.name = files.name;
  }

  /** The only entry that has a name, or the only one. */
  async usual(): Promise<string> {
    const named = this.entries.filter((entry) => namesOf(entry).length > 1);
    const entry = entryNamed(named.length > 0 ? named : this.entries, undefined, this.name);
    return namesOf(entry)[0] ?? entry.digest;
  }

  async references(): Promise<readonly string[]> {
    return this.entries.flatMap(({ annotations }) => annotations?.[refName] ?? annotations?.[imageName] ?? []);
  }

  async manifest(reference: string): Promise<FoundManifest> {
    const named = this.entries.filter((entry) => namesOf(entry).includes(reference));
    const child = named.length === 0 ? readDigest(reference) : undefined;
    return this.#read(child ? { digest: child } : entryNamed(this.entries, reference, this.name));
  }

  async hasBlob({ digest }: Named): Promise<boolean> {
    return (await this.files.find(blobPath(digest))) !== undefined;
  }

  async *blob({ digest }: Named): AsyncGenerator<Uint8Array> {
    const file = await this.files.find(blobPath(digest));
    if (!file) throw new Error(`${this.name} has no blob ${digest}`);
    yield* file.read();
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    this.#subjects ??= this.#readSubjects();
    return (await this.#subjects).get(subject) ?? [];
  }

  close(): Promise<void> {
    return this.files.close();
  }

  async #read({ digest, mediaType = '' }: { readonly digest: Digest; readonly mediaType?: string }): Promise<FoundManifest> {
    const bytes = await readSmall(this.files, blobPath(digest), manifestBytes);
    if (!bytes) throw new Error(`${this.name} has no manifest ${digest}`);
    checkDigest(bytes, digest, this.name);
    return { bytes, digest, mediaType: readEssence(mediaType) };
  }

  /** A layout has no list of referrers: each manifest that it names is looked at. */
  async #readSubjects(): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    const subjects = new Map<Digest, Descriptor[]>();
    for (const entry of this.entries) {
      const { bytes, digest, mediaType } = await this.#read(entry);
      const { subject, referrer } = namesIn(bytes, mediaType);
      if (subject === undefined || !referrer) continue;
      subjects.set(subject, [...(subjects.get(subject) ?? []), { ...referrer, digest, size: bytes.length }]);
    }
    return subjects;
  }
}
