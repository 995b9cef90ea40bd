/**
 * Content on its way: copied between registries, storages, image layouts and archives.
 *
 * @module stowage/transfer
 */
export { type CopiedReference, type CopyOptions, type CopyReport, type CopyStep, copy } from './copy.ts';
export { archive, type DockerArchiveOptions, dockerArchive, layout } from './files/places.ts';
export type { Place } from './place.ts';
export { type Credentials, type RegistryPlaceOptions, registry, storage } from './registry/registry.ts';
