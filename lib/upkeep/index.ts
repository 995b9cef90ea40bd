/**
 * The upkeep of a registry, beside its traffic: garbage is collected, what lies there is counted, and content is read back.
 *
 * @module stowage/upkeep
 */
export type { Amount } from './amount.ts';
export {
  type CollectionReport,
  type CollectOptions,
  carryOut,
  collect,
} from './collection/collect.ts';
export { type CollectEveryOptions, type Collections, collectEvery } from './collection/every.ts';
export type { CollectionOptions } from './collection/options.ts';
export { type CollectionStep, type ItemStep, type KeepReason, planCollection } from './collection/plan.ts';
export type { TagRule } from './collection/retention.ts';
export { type RepositoryUsage, type Usage, type UsageOptions, usage } from './usage.ts';
export type { DamageFinding, Finding, VerificationReport } from './verification/finding.ts';
export { type Verification, type VerifyOptions, verify } from './verification/verify.ts';
