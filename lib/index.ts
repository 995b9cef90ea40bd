/** stowage: an OCI / Docker registry as a library. */
export type { Descriptor } from './api/bodies.ts';
export { type ErrorCode, type ErrorEntry, type ErrorOptions, isRegistryError, RegistryError } from './api/errors.ts';
export type { Operation } from './api/infer.ts';
export type { Ask, Authorize, Credentials, Need, Permit, RepositoryNeed } from './authorize.ts';
export {
  type Blob,
  type BlobStore,
  type ByteRange,
  type Checkpoint,
  type Chunk,
  type Digest,
  type Driver,
  type FaultKind,
  isStorageFault,
  type Manifest,
  type ManifestStore,
  type MediaType,
  type Page,
  type RepositoryName,
  StorageFault,
  type Tag,
  type Upload,
  type UploadId,
  type UploadStore,
} from './driver.ts';
export { createRegistryHandler, type RegistryHandler } from './handler.ts';
export type { Limits, Logger, RegistryOptions } from './options.ts';
