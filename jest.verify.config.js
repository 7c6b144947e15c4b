/** `npm run verify`: this build beside the one before the redesign. No part of `npm test`. */
export default {
  testMatch: ['<rootDir>/test/verify/**/*.verify.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  globalSetup: '<rootDir>/test/verify/setup.mjs',
  globalTeardown: '<rootDir>/test/verify/teardown.mjs',
  maxWorkers: 1,
};
