/** The suite alone, with all else as Jest has it by default. */
module.exports = { testMatch: ['<rootDir>/suite.jest.cjs'] };
