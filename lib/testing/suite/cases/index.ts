/** All rules of the suite, by level and by what they are about. */
import type { Definition, Level } from '../definition.ts';
import { blobRules } from './blobs.ts';
import { concurrencyRules } from './concurrency.ts';
import { driverRules } from './driver.ts';
import { durabilityRules } from './durability.ts';
import { faultRules } from './faults.ts';
import { listRules } from './lists.ts';
import { manifestRules } from './manifests.ts';
import { modelRules } from './model.ts';
import { scaleRules } from './scale.ts';
import { uploadRules } from './uploads.ts';

/** A rule, and where it belongs. */
export interface Placed {
  readonly level: Level;
  /** What it is about. */
  readonly area: string;
  readonly definition: Definition;
}

const placed = (level: Level, area: string, rules: readonly Definition[]): Placed[] =>
  rules.map((definition) => ({ level, area, definition }));

/** Every rule. */
export const definitions: readonly Placed[] = [
  ...placed('contract', 'the driver', driverRules),
  ...placed('contract', 'blobs', blobRules),
  ...placed('contract', 'uploads', uploadRules),
  ...placed('contract', 'manifests and tags', manifestRules),
  ...placed('contract', 'lists', listRules),
  ...placed('contract', 'everything', modelRules),
  ...placed('concurrency', 'many at once', concurrencyRules),
  ...placed('durability', 'what lasts', durabilityRules),
  ...placed('durability', 'failing storage', faultRules),
  ...placed('scale', 'large numbers', scaleRules),
];
