/** All operations. Each is named here, so that a stray one does not compile. */
import type { Handlers } from '../call.ts';
import { checkBase } from './base.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { listRepositories } from './catalog.ts';
import { deleteManifest, deleteTag, getManifest, putManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { listTags } from './tags.ts';
import { appendUpload, cancelUpload, completeUpload, getUpload, mountBlob, pushBlob, startUpload } from './uploads.ts';

export const operations: Handlers = {
  checkBase,
  listRepositories,
  listTags,
  getManifest,
  putManifest,
  deleteManifest,
  deleteTag,
  getBlob,
  deleteBlob,
  mountBlob,
  pushBlob,
  startUpload,
  getUpload,
  appendUpload,
  completeUpload,
  cancelUpload,
  listReferrers,
};
