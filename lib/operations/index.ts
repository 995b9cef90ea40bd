/** All operations. Each is named here, so that a stray one does not compile. Those that most registries are never asked for are loaded then. */
import type { Handlers } from '../call.ts';
import { checkBase } from './base.ts';
import { getBlob } from './blobs.ts';
import { deleteManifest, deleteTag, getManifest, putManifest } from './manifests.ts';
import { listTags } from './tags.ts';
import { appendUpload, cancelUpload, completeUpload, getUpload, mountBlob, pushBlob, startUpload } from './uploads.ts';

export const operations: Handlers = {
  checkBase,
  listRepositories: async (call) => (await import('./catalog.ts')).listRepositories(call),
  listTags,
  getManifest,
  putManifest,
  deleteManifest,
  deleteTag,
  getBlob,
  deleteBlob: async (call) => (await import('./blob-deletion.ts')).deleteBlob(call),
  mountBlob,
  pushBlob,
  startUpload,
  getUpload,
  appendUpload,
  completeUpload,
  cancelUpload,
  listReferrers: async (call) => (await import('./referrers.ts')).listReferrers(call),
};
