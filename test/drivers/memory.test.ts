import { memoryDriver } from '../../drivers/memory.ts';
import { testDriver } from './suite.ts';

testDriver({ name: 'memoryDriver', create: memoryDriver });
