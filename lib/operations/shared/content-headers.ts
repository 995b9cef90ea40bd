/** What replies with stored content have in common. */
import type { Digest } from '../../api/formats.ts';
import { type Conditions, hold } from '../../content/conditions.ts';
import type { Settings } from '../../options.ts';

/**
 * The headers of content that is known by its digest. Content under its digest never changes; a tag, or another name, may
 * move. Where not everybody may read everything, only the client itself may keep it.
 */
export function contentHeaders(digest: Digest, under: 'digest' | 'name', { authorize }: Settings) {
  const kept = under === 'digest' ? 'max-age=31536000, immutable' : 'no-cache';
  return { 'Docker-Content-Digest': digest, ETag: digest, 'Cache-Control': authorize ? `private, ${kept}` : kept };
}

/** Whether the client said that it has the content already: with `If-None-Match`, RFC 9110 section 13.1.2. */
export function hasAlready(headers: Pick<Conditions, 'If-None-Match'>, digest: Digest): boolean {
  return !hold(headers, digest);
}
