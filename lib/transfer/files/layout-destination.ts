/** An image layout that is written. Its `index.json` comes last: until then, what was there before is what is there. */
import { indexType } from '../../api/known-media.ts';
import { blobPath, imageName, refName } from '../../layout/entries.ts';
import type { Named } from '../names.ts';
import type { Destination, Role, WrittenManifest } from '../place.ts';
import type { LayoutSink } from './layout-sink.ts';
import { isLayout, readLayoutIndex } from './layout-source.ts';
import type { SavedImages } from './saved-images.ts';

/** An entry of `index.json`. */
type Entry = Pick<Named, 'mediaType' | 'digest' | 'size' | 'artifactType' | 'annotations'>;

/** Opens a layout for writing, and with `saved` one that is also an archive of `docker save`. */
export async function layoutDestination(sink: LayoutSink, saved?: SavedImages): Promise<Destination> {
  const before = sink.files && (await isLayout(sink.files)) ? await readLayoutIndex(sink.files) : undefined;
  let entries = (before?.document.manifests ?? []) as readonly Entry[];

  /** Has a tag lead to an entry. One without a tag is there once. */
  function name(entry: Entry, tag: string | undefined): void {
    const isSame = (other: Entry): boolean =>
      tag === undefined ? other.digest === entry.digest : other.annotations?.[refName] === tag;
    if (tag === undefined && entries.some(isSame)) return;
    const whole = saved?.fullName(tag);
    const annotations = { ...(tag !== undefined && { [refName]: tag }), ...(whole !== undefined && { [imageName]: whole }) };
    entries = [...entries.filter((other) => !isSame(other)), { ...entry, ...(tag !== undefined && { annotations }) }];
  }

  const writeText = (path: string, value: unknown): Promise<void> => {
    const bytes = Buffer.from(JSON.stringify(value));
    return sink.write(path, bytes.length, [bytes]);
  };

  return {
    name: sink.name,
    expect({ names }, tag, role) {
      if (role === 'root') saved?.add(names, tag);
    },
    hasBlob: ({ digest, size }) => sink.has(blobPath(digest), size),
    putBlob: ({ digest, size }, open) => sink.write(blobPath(digest), size, open()),
    async hasManifest({ digest, bytes }, tag, role) {
      const isNamed = ({ annotations, ...entry }: Entry): boolean =>
        entry.digest === digest && (tag === undefined || annotations?.[refName] === tag);
      return (role === 'child' || entries.some(isNamed)) && sink.has(blobPath(digest), bytes.length);
    },
    async putManifest({ bytes, digest, mediaType, names }: WrittenManifest, tag: string | undefined, role: Role) {
      const size = bytes.length;
      if (!(await sink.has(blobPath(digest), size))) await sink.write(blobPath(digest), size, [bytes]);
      const artifactType = names.referrer?.artifactType;
      if (role !== 'child') name({ mediaType, digest, size, ...(artifactType !== undefined && { artifactType }) }, tag);
    },
    async finish() {
      if (saved) await writeText('manifest.json', saved.images());
      await writeText('oci-layout', { imageLayoutVersion: '1.0.0' });
      await writeText('index.json', { ...before?.document, schemaVersion: 2, mediaType: indexType, manifests: entries });
      await sink.seal();
    },
    abandon: () => sink.discard(),
  };
}
