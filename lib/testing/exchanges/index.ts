import { authorization } from './authorization.ts';
import { base } from './base.ts';
import { blobs } from './blobs.ts';
import { catalog } from './catalog.ts';
import { conditions } from './conditions.ts';
import type { Exchange } from './exchange.ts';
import { faults } from './faults.ts';
import { generated } from './generated.ts';
import { legacy } from './legacy.ts';
import { manifests } from './manifests.ts';
import { referrers } from './referrers.ts';
import { tags } from './tags.ts';
import { uploads } from './uploads.ts';
import { walkthrough } from './walkthrough.ts';

/** All exchanges, by area. */
export const exchanges: Readonly<Record<string, readonly Exchange[]>> = {
  walkthrough,
  base,
  catalog,
  tags,
  manifests,
  blobs,
  uploads,
  referrers,
  conditions,
  authorization,
  legacy,
  faults,
  generated,
};
