/**
 * An OCI / Docker registry as a library.
 *
 * @module stowage
 */
export type { Action, Ask, Authorize, Credentials, Need, Permit, RepositoryNeed, TagChange } from './access/authorize.ts';
export type { Arrival, Departure, Throttle, Visit } from './access/throttle.ts';
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
  type Inventory,
  type Item,
  type ItemKind,
  isStorageFault,
  type LastChunk,
  type LookUp,
  type Manifest,
  type ManifestDescription,
  type ManifestStore,
  type MediaType,
  type Moved,
  type OutboxLease,
  type OutboxPage,
  type OutboxStore,
  type Page,
  type Reclaimed,
  type RepositoryName,
  StorageFault,
  type Tag,
  type Upload,
  type UploadId,
  type UploadStore,
} from './driver.ts';
export type {
  BlobDeleted,
  BlobMounted,
  BlobPulled,
  BlobPushed,
  Fact,
  FactOf,
  FactType,
  ManifestDeleted,
  ManifestPulled,
  ManifestPushed,
  TagDeleted,
  TagSet,
  UploadMoved,
} from './events/facts.ts';
export type { EventRecorder, FaultLogger, Recording } from './events/recording.ts';
export type { OnResponse, ReplySummary, RequestTarget, ResponseEvent } from './events/response.ts';
export type { DriverTrace, OperationTrace } from './events/tracing.ts';
export type {
  BeforeBlob,
  BeforeManifest,
  BeforeTag,
  Deciding,
  DecidingHook,
  ObservingHook,
} from './hooks/hooks.ts';
export type { ServeConfig } from './options/serve-config.ts';
export type { CorsOptions, Hooks, LegacyOptions, Limits, Logger, RegistryOptions, Timeouts } from './options.ts';
