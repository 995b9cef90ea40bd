/** The suite and the recipe, one of which is named, with all else as vitest has it by default. */
module.exports = { test: { include: ['test/programs/runners/suite.vitest.mjs', 'examples/testing/vitest.test.mjs'] } };
