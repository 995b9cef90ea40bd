/** Manifests of an index by what they run on. */
import type { MediaType } from '../api/formats.ts';
import { digestOf } from '../content/digest.ts';
import { isObject } from '../content/json.ts';
import type { Named, Names } from './names.ts';
import type { FoundManifest } from './place.ts';

/** Whether a value is text such as `linux/arm64`, or `linux/arm/v7`. */
export const isPlatform = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w.-]+\/[\w.-]+(?:\/[\w.-]+)?$/.test(value);

/**
 * What of an index is for these platforms: the one manifest that is, an index of those that are, or all of it. Throws an Error that begins with
 * `name` for a platform that it does not have. A manifest that is no index is taken as it is.
 */
export function forPlatforms(names: Names, platforms: readonly string[], name: string): Named | FoundManifest | 'whole' {
  const entries = [...names.manifests, ...names.either];
  if (!Array.isArray(names.document.manifests)) return 'whole';
  const chosen = new Set(platforms.map((platform) => entryFor(entries, platform, name)));
  const [first, ...others] = chosen;
  if (first && others.length === 0) return first;
  if (chosen.size === names.document.manifests.length) return 'whole';
  const digests: ReadonlySet<unknown> = new Set([...chosen].map(({ digest }) => digest));
  const manifests = names.document.manifests.filter((each: unknown) => isObject(each) && digests.has(each.digest));
  const bytes = Buffer.from(JSON.stringify({ ...names.document, manifests }));
  return { bytes, digest: digestOf(bytes, 'sha256'), mediaType: names.mediaType as MediaType };
}

function entryFor(entries: readonly Named[], platform: string, name: string): Named {
  const [os, architecture, variant] = platform.split('/');
  const found = entries.find(
    ({ platform: has }) =>
      has?.os === os && has?.architecture === architecture && (variant === undefined || has?.variant === variant),
  );
  if (found) return found;
  const there = entries.flatMap(({ platform: has }) =>
    has ? [has.os, has.architecture, has.variant].filter(Boolean).join('/') : [],
  );
  throw new Error(`${name} has nothing for ${platform}; it has ${there.join(', ') || 'nothing that names a platform'}`);
}
