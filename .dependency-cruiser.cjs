/**
 * The import fences. The `comment` of each rule says what to do if the rule fires; `test/fences` plants a violation of
 * each rule and checks that the rule fires. The layers, lowest first: model < machine < stages (scan, identity, policy,
 * enforcement, report) < examine.ts < enforce.ts < reset.ts, daemon < sync, dashboard < cli. Code for both families
 * takes the family as a parameter (C-001).
 */

/**
 * The entry files of programs, which are the only files that create the machine. The demo counts as one, because it
 * runs in a temporary world of its own.
 */
const PROGRAMS = '^src/(bin|index|(sync|dashboard)/daemon-program)\\.ts$|^src/demo/';

/**
 * Makes the rule that a folder may import only itself, src/model, src/text and `alsoAllowed`. Everything else must be
 * passed to the folder's functions as an argument.
 */
function fence(folder, alsoAllowed) {
  const allowed = [folder, 'model', 'text', ...alsoAllowed];
  return {
    name: `${folder}-imports`,
    comment: `src/${folder} may import src/{${allowed.join(', ')}} only: pass the rest in as an argument.`,
    severity: 'error',
    from: { path: `^src/${folder}/`, pathNot: PROGRAMS },
    // Imports of src/machine are restricted by the rule `the-machine-is-passed-in`.
    to: { path: '^src/', pathNot: `^src/(machine/|(${allowed.join('|')})(/|\\.ts$))` },
  };
}

const LOOKS =
  '^src/machine/(files|http|http-answer|collector|linux/(activity|collector|hidden-by-mount|mounts|own-context|peer-owners|process-list|processes|socket-owners|sockets)|darwin/(arguments|collector|endpoint|listeners|open-sockets|process-info|processes|self-test|socket-info|socket-owners|tcp-list))\\.ts$|^src/machine/portable/';
const ACTS =
  '^src/machine/(write|request|server|connection-limits|sqlite|spawn|upload|daemon-process|terminal|status-line|local|linux/(pidfd|flock)|darwin/(audit-token|machine))\\.ts$';

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
      name: 'model-imports-model',
      comment: 'src/model holds nouns and pure functions of them: what needs more belongs to a stage.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { pathNot: '^(src/model/|package\\.json$|(node:)?(path|crypto)$)' },
    },
    {
      name: 'machine-imports',
      comment:
        'src/machine knows the nouns of src/model and nothing of what they are used for; its errors name paths as src/text does.',
      severity: 'error',
      from: { path: '^src/machine/' },
      to: { path: '^src/', pathNot: '^src/(machine|model|text)/' },
    },
    {
      name: 'text-imports-nothing',
      comment: 'src/text lays out text for any part: it knows none of them.',
      severity: 'error',
      from: { path: '^src/text/' },
      to: { path: '^src/', pathNot: '^src/text/' },
    },
    fence('scan', []),
    fence('identity', []),
    fence('policy', []),
    fence('enforcement', ['invocation']),
    fence('report', []),
    fence('daemon', ['enforcement', 'examine', 'enforce']),
    fence('sync', ['daemon', 'enforcement', 'examine', 'invocation', 'policy', 'report']),
    fence('dashboard', [
      'daemon',
      'enforcement',
      'examine',
      'enforce',
      'invocation',
      'reset',
      'identity',
      'scan',
      'policy',
      'report',
    ]),
    {
      name: 'examine-reads-and-judges',
      comment: 'examine.ts joins scan, identity and policy, and acts on nothing: acting belongs to reset.ts.',
      severity: 'error',
      from: { path: '^src/examine\\.ts$' },
      to: {
        path: '^src/',
        pathNot: '^src/(model|machine/(machine|collector)|scan|identity|policy)(/|\\.ts$)',
      },
    },
    {
      name: 'enforce-is-one-sequence',
      comment:
        'enforce.ts joins the stages for an act, whatever asked for it: it knows no command and no daemon of ours.',
      severity: 'error',
      from: { path: '^src/enforce\\.ts$' },
      to: {
        path: '^src/',
        pathNot: '^src/(model|machine/machine|examine|scan|identity|policy|enforcement)(/|\\.ts$)',
      },
    },
    {
      name: 'reset-uses-the-sequence',
      comment:
        'reset.ts adds locks and the removal of stale files to enforce.ts: nothing of one command belongs in it.',
      severity: 'error',
      from: { path: '^src/reset\\.ts$' },
      to: {
        path: '^src/',
        pathNot: '^src/(model|machine/machine|examine|enforce|scan|policy|enforcement)(/|\\.ts$)',
      },
    },
    {
      name: 'forget-ends-nothing',
      comment:
        'forget.ts clears a state file after the proof in proof-of-end.ts: neither may reach what ends a process, nor anything of one command.',
      severity: 'error',
      from: { path: '^src/(forget|proof-of-end)\\.ts$' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(model/|text/|machine/machine\\.ts|examine\\.ts|proof-of-end\\.ts|scan/|enforcement/(journal|locks|starting-elsewhere)\\.ts)',
      },
    },
    {
      name: 'pure-stages-touch-nothing',
      comment: 'identity and report are pure: let scan read it, or enforcement do it.',
      severity: 'error',
      from: { path: '^src/(identity|report)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(path|crypto)$' },
    },
    {
      name: 'the-world-is-behind-the-port',
      comment:
        'What is not determined by arguments goes through the Observer or Actor that is passed in (src/machine/machine.ts).',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(machine|dashboard/page)/|${PROGRAMS}` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(path|url|crypto|util)$' },
    },
    {
      name: 'the-machine-is-passed-in',
      comment:
        'Only the programs make a machine or use a part of it by name: take an Observer or a Machine as an argument.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/machine/|${PROGRAMS}` },
      to: {
        path: '^src/machine/',
        pathNot: '^src/machine/(machine|collector)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'observer-cannot-reach-actor',
      comment: 'What looks must not be able to act: put what changes something behind Actor.',
      severity: 'error',
      from: { path: LOOKS },
      to: { path: ACTS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'requests-in-one-place',
      comment:
        'A connection can ask a daemon to leave: for its health use http.ts, for anything else request.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/machine/(http|request|local)\\.ts$' },
      to: { path: '^src/machine/http\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'libsql-in-one-place',
      comment: 'It can keep a lock, or end the process: go through Actor.database.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/machine/sqlite\\.ts$' },
      to: { path: 'node_modules/libsql' },
    },
    {
      name: 'libsql-is-optional',
      comment: 'It is native and may be missing: import() it where its absence is reported.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/libsql', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engine-in-one-place',
      comment: 'json-rules-engine stays behind src/policy/evaluate.ts: use evaluate().',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/policy/evaluate\\.ts$' },
      to: { path: 'node_modules/json-rules-engine' },
    },
    {
      name: 'systeminformation-runs-apart',
      comment:
        'It runs other programs without a deadline: src/machine/portable/system-information.ts calls it in a process of its own.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/systeminformation' },
    },
    {
      name: 'cli-goes-through-the-front',
      comment:
        'Commands reach the stages through examine.ts, reset.ts, sync, dashboard and policy: add a function there.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(scan|identity)/' },
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
