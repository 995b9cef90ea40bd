/** Recognizes documents of schema 1 by media type or content. */
import type { MediaType } from '../../api/formats.ts';
import { isObject, parseJson } from '../../content/json.ts';
import { isGeneric, jsonLimitsOf, type ManifestLimits, schema1MediaTypes } from '../../content/manifest.ts';

/** Whether a media type, written without parameters, is one of the {@link schema1MediaTypes}. */
export function isSchema1(mediaType: string): boolean {
  const lower = mediaType.toLowerCase();
  return lower === schema1MediaTypes.unsigned || lower === schema1MediaTypes.signed;
}

/**
 * Whether bytes that were sent as `declared` are to be parsed as schema 1: by their media type or, if that is missing or says
 * nothing, by their `schemaVersion`.
 */
export function isSentAsSchema1(bytes: Uint8Array, declared: MediaType | undefined, limits: ManifestLimits): boolean {
  if (declared !== undefined && !isGeneric(declared)) return isSchema1(declared);
  try {
    const document = parseJson(bytes, jsonLimitsOf(limits));
    return isObject(document) && document.schemaVersion === 1;
  } catch (error) {
    // Malformed JSON is no document of any schema; the parser of manifests refuses it.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
