/** The memory driver: the suite. */
import { describe, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import { testDriver } from '../../lib/testing/suite/index.ts';
import { amounts } from '../support/drivers/amounts.ts';

testDriver({ name: 'memoryDriver', create: memoryDriver, lacks: ['blob.url'], amounts }, { describe, it });
