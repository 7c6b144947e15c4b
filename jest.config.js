/** ESM through ts-jest; types are checked by `npm run check`, so tests only transpile. */

/** They start processes or need the built program; every other test is a unit test (test/support/no-processes.ts). */
const LIVE = [
  'browser/*',
  'ci/{action,publish}',
  'cli/{completion,help}',
  'differential/*',
  'docs/{man-page,readme,reviewing,traceability}',
  'enforcement/clear-state-file',
  'fences/imports',
  'fleet/*',
  'live/*',
  'machine/{http-exchange,portable-platforms,process-handle,process-table,setuid-process,transaction}',
  'matrix/*',
  'package/*',
  'policy/{ci,policy-file,toolchain}',
  'policy/cases/{command,recorded}',
  'policy/diff/{acknowledged,command}',
  'report/formats',
  'support/*',
  'sync/{back-off,scope}',
  'torture/*',
].map((path) => `**/test/${path}.test.ts`);

const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
};
const moduleNameMapper = { '^(\\.{1,2}/.*)\\.js$': '$1' };

export default {
  // One more than the cores of a small machine: most of a live test is waiting.
  maxWorkers: 3,
  testSequencer: './test/support/sequencer.mjs',
  // Jest takes it from here only, not from a project.
  testTimeout: 30_000,
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
