/** The suite under vitest. */
import { testDriver, testWire } from 'stowage/driver-suite';
import { fsDriver } from 'stowage/drivers/fs';
import { memoryDriver } from 'stowage/drivers/memory';
import { describe, it } from 'vitest';
import { testSubject } from './subjects.cjs';

testSubject({ testDriver, testWire, memoryDriver, fsDriver }, { describe, it });
