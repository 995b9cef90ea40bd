/** The suite alone, with all else as vitest has it by default. */
module.exports = { test: { include: ['test/programs/runners/suite.vitest.mjs'] } };
