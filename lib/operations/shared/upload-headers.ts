/** The headers that say where an upload goes on: distribution specification, "Pushing a blob in chunks". */
import type { UploadId } from '../../api/formats.ts';
import type { RepositoryName, Upload } from '../../driver.ts';
import type { UrlBuilder } from '../../routing/url.ts';

/** The path of an upload, and the builder of its URL. */
export interface WithUploadPath {
  readonly path: { readonly name: RepositoryName; readonly upload: UploadId };
  readonly url: UrlBuilder;
}

/** The offset of an upload, as headers. Its URL carries it, too, so that a body sent to an older URL is recognised. */
export function uploadHeaders({ path, url }: WithUploadPath, { offset }: Upload) {
  return { Location: url('upload', path, { offset }), Range: offset, 'Docker-Upload-UUID': path.upload };
}
