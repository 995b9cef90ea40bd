/** What `index.json` of an image layout names: image specification, chapter "OCI Image Layout Specification". */
import { algorithmOf, type Digest, hexOf } from '../api/formats.ts';

/** As much of an entry as says what it is called. */
interface Entry {
  readonly digest: Digest;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The annotation of an entry that has its tag, or its name. */
export const refName = 'org.opencontainers.image.ref.name';
/** The annotation with which containerd, and `docker save` with it, writes the whole name. */
export const imageName = 'io.containerd.image.name';

/** What an entry can be asked for by: its names, and its digest. */
export const namesOf = ({ annotations, digest }: Entry): string[] =>
  [annotations?.[refName], annotations?.[imageName], digest].filter((name) => name !== undefined);

/** The entry of this name, or the only one. Throws an Error that begins with `name`, that of the layout, if it is none or not one. */
export function entryNamed<E extends Entry>(entries: readonly E[], ref: string | undefined, name: string): E {
  const fitting = entries.filter((entry) => ref === undefined || namesOf(entry).includes(ref));
  const [first] = fitting;
  if (first && fitting.every(({ digest }) => digest === first.digest)) return first;
  const names = entries.map((entry) => namesOf(entry)[0]).join(', ') || 'none';
  const such = ref === undefined ? '' : ` ${ref}`;
  if (!first) throw new Error(`${name} has no entry${such}; it has ${names}`);
  throw new Error(`${name} has ${fitting.length} entries${such}: give one of these as ref, or a digest: ${names}`);
}

/** Where the bytes of a digest lie in a layout. */
export const blobPath = (digest: Digest): string => `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
