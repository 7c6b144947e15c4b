/**
 * Configuration of `npm run verify`, which compares this build with the build before the redesign. `npm test` runs none
 * of these tests.
 */
export default {
  testMatch: ['<rootDir>/test/verify/**/*.verify.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  globalSetup: '<rootDir>/test/verify/setup.mjs',
  globalTeardown: '<rootDir>/test/verify/teardown.mjs',
  maxWorkers: 1,
  testTimeout: 120_000,
};
