/**
 * The import fences. Each rule says what to do when it fires; `test/fences` plants a violation of each and sees it
 * fire. The layers: model < system < stages (facts, identity, verdict, action, report) < pipeline < lifecycle < daemon,
 * startup and dashboard < cli. The two families meet in what names its family as an argument, and nowhere else (C-001).
 */
/** A folder sees the nouns and, where it must, the machine; the results of others reach it as nouns. */
function fence(folder, alsoAllowed) {
  const allowed = ['model', folder, ...alsoAllowed];
  return {
    name: `${folder}-stands-alone`,
    comment: `src/${folder} may import src/{${allowed.join(',')}} only: let the pipeline pass the rest in as a noun.`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { path: '^src/', pathNot: `^(src/(${allowed.join('|')})(/|\\.ts$)|package\\.json$)` },
  };
}

const PURE = ['identity', 'verdict', 'report'];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle hides the order of things: move the shared noun to src/model.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'model-imports-nothing',
      comment: 'src/model holds nouns: whatever needs more belongs to a stage.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { pathNot: '^(src/model/|package\\.json$)' },
    },
    fence('facts', ['system/observe']),
    fence('identity', []),
    // The engine takes milliseconds: a program that we run in gets its turn in between.
    fence('verdict', ['system/observe/next-turn']),
    fence('action', ['system/observe', 'system/change', 'system/write']),
    fence('report', []),
    fence('lifecycle', [
      'pipeline',
      'action',
      'system/observe',
      'system/change',
      'system/write',
      'system/serve',
    ]),
    fence('dashboard', [
      'lifecycle',
      'pipeline',
      'action/plan',
      'report',
      'system/observe',
      'system/change/start-process',
      'system/serve',
    ]),
    fence('daemon', [
      'lifecycle',
      'pipeline',
      'system/observe',
      'system/write',
      'system/sqlite',
      'system/upload',
    ]),
    fence('startup', [
      'lifecycle',
      'pipeline',
      'policy',
      'action',
      'daemon/queue',
      'report',
      'system/observe',
    ]),
    {
      name: 'pure-stages-touch-nothing',
      comment: 'identity, verdict and report are pure: let facts read it, or action do it.',
      severity: 'error',
      from: { path: `^src/(${PURE.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'observing-cannot-change',
      comment: 'src/system/observe only looks: put what changes something into src/system/change.',
      severity: 'error',
      from: { path: '^src/system/observe/' },
      to: { path: '^src/', pathNot: '^src/(system/observe|system/wire|model)/' },
    },
    {
      name: 'only-action-changes',
      comment:
        'Signals, requests, locks and processes are for src/action, behind its envelope; starts for src/lifecycle and the demo.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(action|lifecycle|dashboard|demo|system/change)/' },
      to: { path: '^src/system/change/' },
    },
    {
      name: 'questions-in-one-place-requests-in-another',
      comment:
        'A connection can ask a daemon to leave: for its health use askHealth(), for anything else go through src/action.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/system/(wire/|observe/ask-health\\.ts$|change/daemon-request\\.ts$)',
      },
      to: { path: '^src/system/wire/' },
    },
    {
      name: 'writing-is-a-power-of-its-own',
      comment:
        'Files are written by src/action, src/lifecycle, src/daemon, src/demo and src/cli only: hand the text to one of them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(action|lifecycle|daemon|demo|cli|system/write)/' },
      to: { path: '^src/system/write/' },
    },
    {
      name: 'only-daemons-serve',
      comment: 'Who listens is looked after by somebody: live() in src/lifecycle serves.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(lifecycle|dashboard|system/serve)/' },
      to: { path: '^src/system/serve/' },
    },
    {
      name: 'only-the-daemon-uploads',
      comment: 'What leaves the machine is for src/daemon, after it looked where it may go.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(daemon|system/upload)/' },
      to: { path: '^src/system/upload/' },
    },
    {
      name: 'only-the-daemon-opens-the-queue',
      comment: 'Queue files are read and changed by src/daemon: use queueState() or drain().',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(daemon|system/sqlite)/' },
      to: { path: '^src/system/sqlite/' },
    },
    {
      name: 'libsql-in-one-place',
      comment: 'It can keep a lock, or end the process: go through src/system/sqlite.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/system/sqlite/transaction\\.ts$' },
      to: { path: 'node_modules/libsql' },
    },
    {
      name: 'libsql-is-loaded-late',
      comment: 'It is optional and large: import() it where a queue file is there.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/libsql', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-system-changes-the-machine',
      comment: 'Child processes and raw sockets belong to src/system/change.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/system/' },
      to: { path: '^(node:)?(child_process|net|http|https|cluster|worker_threads)$' },
    },
    {
      name: 'engine-only-in-verdict',
      comment: 'json-rules-engine stays behind src/verdict: use evaluate().',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/verdict/' },
      to: { path: 'node_modules/json-rules-engine' },
    },
    {
      name: 'systeminformation-in-one-place',
      comment: 'It runs other programs and flattens what they print: go through src/system/observe.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/system/observe/system-information\\.ts$' },
      to: { path: 'node_modules/systeminformation' },
    },
    {
      name: 'systeminformation-is-loaded-late',
      comment: 'Most commands never need it, and it is large: import() it where it is asked.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/systeminformation', dynamic: false },
    },
    {
      name: 'cli-goes-through-the-pipeline',
      comment: 'Commands reach the stages through src/pipeline: add a function there.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(facts|identity|verdict|system/(observe|change))/' },
    },
    {
      name: 'product-does-not-import-tests',
      comment: 'Nothing in src may depend on test.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
