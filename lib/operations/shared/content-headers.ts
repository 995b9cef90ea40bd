/** Headers of replies with stored content: entity tags and caching. */
import type { Digest } from '../../api/formats.ts';
import { type Conditions, failedCondition } from '../../content/conditions.ts';
import type { Settings } from '../../options.ts';

/**
 * The headers of content. Under its digest it never changes and is cached for ever; under a tag or a tarsum it may change,
 * and caches have to ask again. With `authorize`, shared caches must not keep it.
 */
export function contentHeaders(digest: Digest, under: 'digest' | 'name', { authorize }: Settings) {
  const kept = under === 'digest' ? 'max-age=31536000, immutable' : 'no-cache';
  return { 'Docker-Content-Digest': digest, ETag: digest, 'Cache-Control': authorize ? `private, ${kept}` : kept };
}

/** Whether the client has the content already, by its `If-None-Match`; one that cannot be read is ignored: RFC 9110 section 13.1.2. */
export function isNotModified(headers: Pick<Conditions, 'If-None-Match'>, digest: Digest): boolean {
  return failedCondition(headers, digest)?.isMalformed === false;
}
