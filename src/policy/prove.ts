import type { Argv, DirectoryResult } from '../model/evidence.js';
import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingVector,
  type PolicyFacts,
  VOCABULARY,
} from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from './vocabulary.js';
import { ok, type Result, err } from '../model/result.js';
import type { StateFile } from '../model/root.js';
import type { Scan, HealthAnswer, SocketOwner, ListenerEvidence, RootEvidence } from '../model/scan.js';
import type { Policy } from '../model/verdict.js';
import { decide, evaluate } from './evaluate.js';
import {
  aboutEach,
  groupBy,
  overBudget,
  type PolicyFinding,
  type PolicyResult,
  ruleWords,
  TOP,
  verdictWords,
} from './finding.js';
import { MANDATORY_INVARIANTS, type Refutation, refutationsOf } from './invariants.js';
import type { CompiledPolicy } from './policy.js';
import { SHOWN_FACTS } from './vocabulary.js';

/**
 * Whether a policy keeps every invariant, the mandatory ones and its own, in every possible state, and whether the rule
 * engine gives what was proved.
 */
export async function provePolicy(
  { policy, invariants }: CompiledPolicy,
  engineCheck: EngineCheck = 'sample',
): Promise<PolicyResult> {
  const { source: file, sha256 } = policy;
  const states = possibleStates().length;
  const result = { command: 'prove', file, sha256 } as const;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    return { ...result, outcome: 'inconclusive', summary: `${tooMuch}: nothing was proved`, findings: [] };
  }
  const findings = [
    ...refutationsOf(policy, invariants).flatMap((refutation) => findingsFor(refutation, file)),
    ...(await disagreements(policy, engineCheck)),
  ];
  const all = MANDATORY_INVARIANTS.length + invariants.length;
  const engine = engineCheck === 'all' ? 'in each of them' : 'in a sample of them';
  return {
    ...result,
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary:
      findings.length > 0
        ? `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${states} states`
        : `${all} invariants hold in all ${states} states; the rule engine agrees ${engine}`,
    findings,
  };
}

/** One for each region of the states that refute it. */
function findingsFor({ states, ...refutation }: Refutation, file: string): readonly PolicyFinding[] {
  const finding = { ...refutation, level: 'error', file } as const;
  if (states.length === 0) return [{ ...finding, about: null }];
  return aboutEach(states).map((about) => ({ ...finding, about }));
}

/** How many states the rule engine is asked about: 500 of them, the same ones each time, or every one. */
export type EngineCheck = 'sample' | 'all';

const SAMPLE = 500;
const SEED = 2026;

/**
 * Where the rule engine does not give what analysis says, rule by rule and in the end. The facts that are only shown get
 * a different value in each state, so that a verdict which depended on one would show.
 */
async function disagreements(policy: Policy, check: EngineCheck): Promise<readonly PolicyFinding[]> {
  const states = possibleStates();
  const wanted = check === 'all' ? states : sampleOf(states);
  const findings: PolicyFinding[] = [];
  for (const [index, state] of wanted.entries()) {
    const expected = decide(policy, state);
    const { cleanupClass, reason } = expected ?? policy.fallback;
    const verdict = await evaluate(policy, withShownFacts(state, index));
    if (verdict.cleanupClass === cleanupClass && verdict.reason === reason) continue;
    const [about = null] = aboutEach([state]);
    findings.push({
      ...(expected?.place ?? TOP),
      check: 'engine',
      level: 'error',
      message: `the rule engine gives ${verdictWords(verdict.cleanupClass, verdict.reason)}, and analysis ${verdictWords(cleanupClass, reason)}`,
      hint: 'please report this as a bug; nothing is acted on where the two differ',
      file: policy.source,
      about,
    });
  }
  return findings;
}

/** The same states in every run: a proof that changes is none. */
function sampleOf(states: readonly DecidingVector[]): readonly DecidingVector[] {
  let draw = SEED;
  const next = (): number => {
    // A linear congruential generator with the constants of Numerical Recipes: enough to spread over the states.
    draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0;
    return draw / 2 ** 32;
  };
  return Array.from({ length: SAMPLE }, () => states[Math.floor(next() * states.length)]).filter(
    (state) => state !== undefined,
  );
}

function withShownFacts(state: DecidingVector, index: number): PolicyFacts {
  const shown = Object.keys(SHOWN_FACTS).map((fact, place) => {
    const values: readonly string[] = VOCABULARY[fact as keyof typeof SHOWN_FACTS];
    return [fact, values[(index + place) % values.length]];
  });
  return { ...state, ...(Object.fromEntries(shown) as typeof SHOWN_FACTS) };
}

/**
 * Every change of a single fact that leads into `safe_auto`, by the rule that stands in its way: what there is between a
 * daemon and being cleaned unasked.
 */
export function frontierOf(policy: Policy): readonly PolicyFinding[] {
  const isSafe = (state: DecidingVector): boolean => decide(policy, state)?.cleanupClass === 'safe_auto';
  const safe = possibleStates().filter(isSafe);
  return DECIDING_FACT_NAMES.flatMap((fact) => {
    const before = safe
      .flatMap((state) => DECIDING_FACTS[fact].map((value) => ({ ...state, [fact]: value })))
      .filter((neighbour) => whyImpossible(neighbour) === null && !isSafe(neighbour))
      .map((state) => ({ state, rule: decide(policy, state) }));
    return groupBy(before, ({ rule }) => rule?.id ?? '').flatMap((group) => {
      const [{ rule }] = group;
      return aboutEach(group.map(({ state }) => state)).map((about): PolicyFinding => ({
        ...(rule?.place ?? TOP),
        check: 'frontier',
        level: 'note',
        message: `one other value of \`${fact}\` would make it safe_auto; ${ruleWords(rule)} keeps it from that`,
        hint: null,
        file: policy.source,
        about,
      }));
    });
  });
}

/**
 * Facts, as `auth doctor --save-facts` would save them, of one listener that is in the given state: what analysis found
 * can be seen by `auth doctor --facts` too. Everything in them is made up.
 */
export function factsOf(state: DecidingVector): Scan {
  const root: RootEvidence = { ...rootWith(OURS), stateFile: stateFileFor(state) };
  return {
    family: 'sync',
    collector: 'procfs',
    context: {
      pid: 900,
      lineage: [900, 1],
      uid: USER,
      user: 'witness',
      executable: '/usr/bin/node',
      packageVersion: '3.3.0',
      platform: 'linux',
      machine: { machineId: 'witness', bootId: 'witness', networkNamespace: 'net:[1]' },
    },
    challenge: 'witness',
    root,
    recentActs: [],
    listeners: ok([listenerFor(state)]),
  };
}

const USER = 1000;
const PID = 4001;
const ROOT = '/home/witness/.spec-kitty';
const TOKEN = 'witness';
const PORTS = { sync: 9401, dashboard: 9300, outside: 9500 } as const;
const UIDS = { same: USER, other: USER + 1, unknown: null } as const;
const OURS: DirectoryResult = {
  kind: 'directory',
  device: '1',
  inode: '1',
  access: { owner: USER, group: USER, mode: 0o700 },
};
const WHY = 'made up as a witness';

function listenerFor(state: DecidingVector): ListenerEvidence {
  return {
    socket: { address: '127.0.0.1', port: PORTS[state.port_range], inode: 1, uid: UIDS[state.owner_user] },
    reachedAt: '127.0.0.1',
    holder: holderFor(state),
    health: healthFor(state),
    roots: rootsFor(state),
  };
}

function holderFor(state: DecidingVector): SocketOwner {
  switch (state.listener_pid) {
    case 'ambiguous':
      return { kind: 'ambiguous', why: WHY, pids: [PID, PID + 1] };
    case 'unknown':
      return { kind: 'unknown', why: WHY };
    case 'known':
      return {
        kind: 'known',
        process: {
          pid: PID,
          parentPid: 1,
          startTicks: 1,
          uid: UIDS[state.owner_user] ?? USER,
          argv: argvFor(state),
          executable: ok('/usr/bin/python3'),
          sharesOurFiles: ok(true),
          sharesOurPids: ok(true),
          residentBytes: err(WHY),
          cpuSeconds: err(WHY),
          startedAt: err(WHY),
        },
      };
  }
}

function argvFor({
  spawn_shape: shape,
  root_marker: marker,
  port_range: range,
}: DecidingVector): Result<Argv> {
  if (shape === 'unreadable') return err(WHY);
  const call = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${PORTS[range]}, '${TOKEN}')\n`;
  const marked = [
    `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${call}`,
    `--spec-kitty-daemon-root=${ROOT}`,
    '--spec-kitty-daemon-exec=/usr/bin/python3',
  ];
  const words = marker === 'absent' ? [call] : marked;
  const elements = shape === 'other' ? ['/usr/bin/other'] : ['/usr/bin/python3', '-c', ...words];
  return ok({ elements, exact: true });
}

function healthFor({ responder, self_report: report }: DecidingVector): HealthAnswer {
  switch (responder) {
    case 'not_asked':
    case 'silent':
    case 'foreign':
      return { kind: responder, why: WHY };
    case 'sync':
    case 'dashboard':
      return {
        kind: 'answered',
        body: {
          status: 'ok',
          token: { matches: TOKEN, mismatch: 'another', missing: null }[report],
          protocolVersion: 1,
          packageVersion: null,
          daemonFamily: null,
          singletonScopeId: null,
          hasProjectPath: responder === 'dashboard',
          projectPath: null,
          sync: { running: null },
          owner: null,
          proof: null,
        },
      };
  }
}

function rootsFor({ root_marker: marker }: DecidingVector): ListenerEvidence['roots'] {
  switch (marker) {
    case 'unreadable':
      return ok([rootWith({ kind: 'unreadable', why: WHY })]);
    case 'other':
      return ok([rootWith({ kind: 'missing' })]);
    case 'same':
      return ok([rootWith(OURS)]);
    case 'absent':
      return ok([]);
  }
}

function rootWith(directory: DirectoryResult): RootEvidence {
  return {
    path: ROOT,
    inOurTree: true,
    directory,
    stateFile: { kind: 'absent' },
    recordedProcess: { kind: 'none' },
    ownerRecord: { kind: 'absent' },
    records: [],
  };
}

function stateFileFor({ recorded_singleton: recorded, port_range: range }: DecidingVector): StateFile {
  switch (recorded) {
    case 'no':
      return { kind: 'absent' };
    case 'unknown':
      return { kind: 'malformed', why: WHY };
    case 'yes':
      return {
        kind: 'read',
        port: PORTS[range],
        key: TOKEN,
        pid: PID,
        access: { owner: USER, group: USER, mode: 0o600 },
      };
  }
}
