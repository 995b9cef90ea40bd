/** The suite and the recipe, one of which is named, with all else as Jest has it by default. */
module.exports = {
  rootDir: '../../..',
  roots: ['<rootDir>/test/programs/runners', '<rootDir>/examples/testing'],
  testMatch: ['**/suite.jest.cjs', '**/jest.test.cjs'],
};
