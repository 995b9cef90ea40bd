/** The suite under Jest, whose `describe` and `it` are global, and which takes the package as CommonJS. */
const { testDriver, testWire } = require('stowage/driver-suite');
const { fsDriver } = require('stowage/drivers/fs');
const { memoryDriver } = require('stowage/drivers/memory');
const { testSubject } = require('./subjects.cjs');

testSubject({ testDriver, testWire, memoryDriver, fsDriver }, { describe, it });
