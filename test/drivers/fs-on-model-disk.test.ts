/** The suite over a disk in memory whose calls fail and whose power goes. */
import { describe, it } from 'vitest';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { onModelDisk } from '../support/drivers/on-model-disk.ts';

// Random sequences are played on other drivers in full.
testDriver({ ...onModelDisk('fsDriver on a disk that fails'), amounts: { sequences: 10 } }, { describe, it });
