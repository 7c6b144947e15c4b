/** ESM through ts-jest; types are checked by `npm run check`, so tests only transpile. */

/**
 * Tests that start processes or need the built program. Every other test is a unit test, which fails if it starts a
 * process (test/support/no-processes.ts).
 */
const LIVE = [
  'browser/*',
  'ci/{action,publish,pull-request}',
  'cli/{completion,help}',
  'darwin/*',
  'differential/*',
  'docs/{man-page,readme,reviewing,traceability}',
  'enforcement/clear-state-file',
  'fences/imports',
  'fleet/*',
  'live/*',
  'machine/{http-exchange,lock-file,own-probes,portable-platforms,process-handle,process-table,setuid-process,transaction}',
  'matrix/*',
  'package/*',
  'policy/{ci,policy-file,toolchain}',
  'policy/cases/{command,recorded}',
  'policy/diff/{acknowledged,command}',
  'policy/formats/kinds',
  'report/formats',
  'support/*',
  'sync/{back-off,scope}',
  'simulation/*',
  'torture/*',
].map((path) => `**/test/${path}.test.ts`);

const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
};
const moduleNameMapper = { '^(\\.{1,2}/.*)\\.js$': '$1' };

export default {
  // One more than the cores of a small machine, because live tests wait for most of their time.
  maxWorkers: 3,
  reporters: ['default', './test/support/progress.mjs'],
  testSequencer: './test/support/sequencer.mjs',
  // Long enough for a busy machine. Set here, because Jest ignores a `testTimeout` in a project.
  testTimeout: 120_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts', ...LIVE.map((path) => `!${path}`)],
      moduleNameMapper: {
        ...moduleNameMapper,
        '^(node:)?child_process$': '<rootDir>/test/support/no-processes.ts',
      },
    },
    {
      ...shared,
      displayName: 'live',
      testMatch: LIVE,
      moduleNameMapper,
      globalSetup: '<rootDir>/test/support/setup.mjs',
      globalTeardown: '<rootDir>/test/support/teardown.mjs',
    },
  ],
};
