/** All wrong drivers. */
import { wrongAppends } from './appends.ts';
import { wrongBlobs } from './blobs.ts';
import { wrongTogether } from './concurrency.ts';
import { wrongLater } from './durability.ts';
import { wrongExpiries } from './expiry.ts';
import { wrongInstances } from './instances.ts';
import { wrongInventories } from './inventory.ts';
import { wrongLists } from './lists.ts';
import { wrongManifests } from './manifests.ts';
import { wrongMounts } from './mounts.ts';
import { wrongOutboxes } from './outbox.ts';
import { wrongRaces } from './races.ts';
import { wrongReferrers } from './referrers.ts';
import { wrongSignals } from './signals.ts';
import { wrongTags } from './tags.ts';
import { wrongUnfinished } from './unfinished.ts';
import { wrongUploads } from './uploads.ts';
import { wrongAsAWhole } from './whole.ts';
import type { WrongDriver } from './wrong-driver.ts';

/** Every wrong driver. */
export const wrongDrivers: readonly WrongDriver[] = [
  ...wrongAsAWhole,
  ...wrongBlobs,
  ...wrongMounts,
  ...wrongAppends,
  ...wrongUploads,
  ...wrongExpiries,
  ...wrongManifests,
  ...wrongReferrers,
  ...wrongTags,
  ...wrongLists,
  ...wrongSignals,
  ...wrongTogether,
  ...wrongRaces,
  ...wrongInstances,
  ...wrongLater,
  ...wrongUnfinished,
  ...wrongOutboxes,
  ...wrongInventories,
];
