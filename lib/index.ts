/**
 * An OCI / Docker registry as a library.
 *
 * @module stowage
 */
export type { Action, Ask, Authorize, Credentials, Need, Permit, RepositoryNeed } from './access/authorize.ts';
export type { Descriptor } from './api/bodies.ts';
export { type ErrorCode, type ErrorEntry, type ErrorOptions, isRegistryError, RegistryError } from './api/errors.ts';
export { algorithmOf, hexOf, readDigest, readMediaType, readRepositoryName, readTag, readUploadId } from './api/formats.ts';
export type { Operation } from './api/infer.ts';
export { readDescriptor } from './api/read-descriptor.ts';
export type { DrainOptions, Ending } from './doors/ending.ts';
export type { FetchContext, FetchRegistry } from './doors/fetch/handler.ts';
export { createRegistryHandler, type RegistryHandler } from './doors/node/handler.ts';
export type { ForwardedHeaders, TrustProxy } from './doors/trust.ts';
export {
  type Blob,
  type BlobStore,
  type ByteRange,
  type ByteReader,
  type ByteStream,
  type Checkpoint,
  type Chunk,
  type Digest,
  type Driver,
  type FaultKind,
  isStorageFault,
  type LastChunk,
  type LookUp,
  type Manifest,
  type ManifestDescription,
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
export type { OnResponse, ResponseEvent } from './events/response.ts';
export type { ServeConfig } from './options/serve-config.ts';
export type { LegacyOptions, Limits, Logger, RegistryOptions, Timeouts } from './options.ts';
