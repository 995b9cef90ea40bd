/** The media types of schema 1. */
import type { MediaType } from '../../api/formats.ts';

/** What manifests of schema 1 are sent as. Docker also took `application/json`, and no type at all, for the signed form. */
export const schema1MediaTypes = {
  unsigned: 'application/vnd.docker.distribution.manifest.v1+json' as MediaType,
  signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws' as MediaType,
} as const;

/** Whether a media type, written without parameters, is one of the {@link schema1MediaTypes}. */
export function isSchema1(mediaType: string): boolean {
  return mediaType === schema1MediaTypes.unsigned || mediaType === schema1MediaTypes.signed;
}
