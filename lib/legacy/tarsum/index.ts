/** Tarsums: digests of tar archives that Docker used before content had digests of its bytes. */
export { type Tarsums, tarsumsOver } from './aliases.ts';
export { isComputable, readTarsum, type Tarsum, type TarsumKind, type TarsumText, writeTarsum } from './name.ts';
export { type RunningTarsum, runningTarsum } from './running.ts';
