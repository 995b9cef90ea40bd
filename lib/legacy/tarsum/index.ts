/** Tarsums: digests of the entries of tar archives, which Docker used before it used digests of bytes. */
export { createTarsums, type Tarsums } from './aliases.ts';
export { type ComputableTarsum, isComputable, readTarsumParts, type TarsumKind, type TarsumParts, writeTarsum } from './name.ts';
export { createRunningTarsum, type RunningTarsum } from './running-tarsum.ts';
