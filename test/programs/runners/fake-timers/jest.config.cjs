/** A push and a pull under the fake timers of Jest, in the environment of Node and in jsdom. */
module.exports = {
  projects: ['node', 'jsdom'].map((testEnvironment) => ({
    displayName: testEnvironment,
    testEnvironment,
    testMatch: ['<rootDir>/*.jest.cjs'],
  })),
};
