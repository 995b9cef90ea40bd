/** All rules of the suite, with their levels and areas. */
import type { Definition, Level } from '../definition.ts';
import { blobRules } from './blobs.ts';
import { concurrencyRules } from './concurrency.ts';
import { deletionRaceRules } from './deletion-races.ts';
import { driverRules } from './driver.ts';
import { durabilityRules } from './durability.ts';
import { faultRules } from './faults.ts';
import { inventoryDurabilityRules, inventoryRaceRules, inventoryRules } from './inventory.ts';
import { listRules } from './lists.ts';
import { manifestRules } from './manifests.ts';
import { modelRules } from './model.ts';
import { outboxDurabilityRules, outboxRaceRules, outboxRules } from './outbox.ts';
import { scaleRules } from './scale.ts';
import { signalRules } from './signals.ts';
import { tagRaceRules } from './tag-races.ts';
import { uploadRaceRules } from './upload-races.ts';
import { uploadRules } from './uploads.ts';

/** A rule with its level and area. */
export interface PlacedRule {
  readonly level: Level;
  /** What it is about; the heading of its cases. */
  readonly area: string;
  readonly definition: Definition;
}

const place = (level: Level, area: string, rules: readonly Definition[]): PlacedRule[] =>
  rules.map((definition) => ({ level, area, definition }));

/** All rules, in the order in which they are run: that in which docs/drivers.md has the methods of a driver written. */
export const definitions: readonly PlacedRule[] = [
  ...place('contract', 'uploads', uploadRules),
  ...place('contract', 'blobs', blobRules),
  ...place('contract', 'manifests and tags', manifestRules),
  ...place('contract', 'lists', listRules),
  ...place('contract', 'the driver', driverRules),
  ...place('contract', 'signals', signalRules),
  ...place('contract', 'outbox', outboxRules),
  ...place('contract', 'inventory', inventoryRules),
  ...place('contract', 'everything', modelRules),
  ...place('concurrency', 'many at once', concurrencyRules),
  ...place('concurrency', 'races', uploadRaceRules),
  ...place('concurrency', 'races', tagRaceRules),
  ...place('concurrency', 'races', deletionRaceRules),
  ...place('concurrency', 'outbox', outboxRaceRules),
  ...place('concurrency', 'inventory', inventoryRaceRules),
  ...place('durability', 'what lasts', durabilityRules),
  ...place('durability', 'failing storage', faultRules),
  ...place('durability', 'outbox', outboxDurabilityRules),
  ...place('durability', 'inventory', inventoryDurabilityRules),
  ...place('scale', 'large numbers', scaleRules),
];
