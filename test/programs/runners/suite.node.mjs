/** The suite under node:test. */
import { describe, it } from 'node:test';
import { testDriver, testWire } from 'stowage/driver-suite';
import { fsDriver } from 'stowage/drivers/fs';
import { memoryDriver } from 'stowage/drivers/memory';
import { testSubject } from './subjects.cjs';

testSubject({ testDriver, testWire, memoryDriver, fsDriver }, { describe, it });
