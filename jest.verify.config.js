import config from './jest.config.js';

/** `npm run verify`: this build beside the one before the redesign. No part of `npm test`. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/verify/**/*.verify.ts'],
  globalSetup: '<rootDir>/test/verify/setup.mjs',
  globalTeardown: '<rootDir>/test/verify/teardown.mjs',
  maxWorkers: 1,
};
