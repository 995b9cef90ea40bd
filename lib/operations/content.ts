/** What replies with stored content have in common. */
import { type Digest, formats } from '../api/formats.ts';
import type { Settings } from '../options.ts';
import { matchesEntityTag } from '../range.ts';

/**
 * The headers of content that is known by its digest. Content under its digest never changes; a tag may move. Where not
 * everybody may read everything, only the client itself may keep it.
 */
export function contentHeaders(digest: Digest, under: 'digest' | 'tag', { authorize }: Settings) {
  const kept = under === 'digest' ? 'max-age=31536000, immutable' : 'no-cache';
  return { 'Docker-Content-Digest': digest, ETag: digest, 'Cache-Control': authorize ? `private, ${kept}` : kept };
}

/** Whether the client said that it has the content already. */
export function hasAlready(ifNoneMatch: string | undefined, digest: Digest): boolean {
  return ifNoneMatch !== undefined && matchesEntityTag(ifNoneMatch, formats.entityTag.write(digest));
}
