import { describe, it } from 'vitest';
import { testWire } from '../lib/testing/driver-suite.ts';
import { drivers } from './stores.ts';

for (const driver of drivers) testWire(driver, { describe, it });
