/** What is sent as schema 1. */
import type { MediaType } from '../../api/formats.ts';
import { isObject, manifestMembers, parseJson } from '../../content/json.ts';
import { schema1MediaTypes } from '../../content/manifest.ts';

/** Whether a media type, written without parameters, is one of the {@link schema1MediaTypes}. */
export function isSchema1(mediaType: string): boolean {
  return mediaType === schema1MediaTypes.unsigned || mediaType === schema1MediaTypes.signed;
}

/** What Docker also sent signed documents as. */
const plain = 'application/json';

/**
 * Whether bytes that were sent as `declared` are to be read as schema 1: because that is their type, or because they
 * have none of their own and say so themselves.
 */
export function isSentAsSchema1(
  bytes: Uint8Array,
  declared: MediaType | undefined,
  { jsonDepth }: { readonly jsonDepth: number },
): boolean {
  if (declared !== undefined && declared !== plain) return isSchema1(declared);
  try {
    const document = parseJson(bytes, { depth: jsonDepth, width: manifestMembers });
    return isObject(document) && document.schemaVersion === 1;
  } catch (error) {
    // What cannot be read as JSON is no document of any schema, and is refused as that.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
