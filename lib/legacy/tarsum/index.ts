/** Tarsums: digests of tar archives that Docker used before content had digests of its bytes. */
export { type Tarsums, tarsumsOver } from './aliases.ts';
export { type ComputableTarsum, isComputable, readTarsumParts, type TarsumKind, type TarsumParts, writeTarsum } from './name.ts';
export { type RunningTarsum, runningTarsum } from './running.ts';
