/** `manifest.json` of `docker save`, which names the configuration and the layers of each image by their paths in the archive. */
import { isObject } from '../content/json.ts';

/** One image of an archive. */
export interface SavedImage {
  /** Its names: `library/app:1.0`. */
  readonly tags: readonly string[];
  /** Paths in the archive. */
  readonly config: string;
  readonly layers: readonly string[];
}

/** Reads a file of JSON in an archive of this name. Throws an Error if it is none. */
export function readJson(bytes: Uint8Array, path: string, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new Error(`${name} has a file ${path} that is no JSON`, { cause });
  }
}

/** The images that a `manifest.json` names. Throws an Error if it is not as `docker save` writes it. */
export function readSavedImages(bytes: Uint8Array, name: string): SavedImage[] {
  const value = readJson(bytes, 'manifest.json', name);
  const refusal = new Error(`${name} has a manifest.json that is not as docker save writes it`);
  if (!Array.isArray(value)) throw refusal;
  return value.map((each: unknown) => {
    const { Config: config, RepoTags: tags, Layers: layers } = isObject(each) ? each : {};
    if (typeof config !== 'string' || !isTexts(layers) || !isTexts(tags ?? [])) throw refusal;
    return { config, layers, tags: isTexts(tags) ? tags : [] };
  });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** The image of this name, or the only one. Throws an Error if it is none or not one. */
export function savedImageNamed(images: readonly SavedImage[], ref: string | undefined, name: string): SavedImage {
  const fitting = images.filter(({ tags }) => ref === undefined || tags.includes(ref));
  const [first] = fitting;
  if (first && fitting.length === 1) return first;
  const tags = images.flatMap((each) => each.tags).join(', ') || 'none';
  const such = ref === undefined ? '' : ` ${ref}`;
  if (!first) throw new Error(`${name} has no image${such}; its tags are: ${tags}`);
  throw new Error(`${name} has ${fitting.length} images${such}: give a tag of one as ref: ${tags}`);
}

/** The digests of the layers without compression, as a configuration names them: `rootfs.diff_ids`. */
export function diffIdsIn(config: unknown): unknown {
  const rootfs: unknown = isObject(config) ? config.rootfs : undefined;
  return isObject(rootfs) ? rootfs.diff_ids : undefined;
}
