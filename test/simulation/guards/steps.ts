import { edit, type Guard, guard } from './guard.js';

const GUARD = 'src/enforcement/guard.ts';
const RETIRE = 'src/enforcement/retire.ts';
const REVALIDATE = 'src/scan/revalidate.ts';
const SWEEP = 'src/enforcement/sweep.ts';
const STUCK = 'src/enforcement/stuck.ts';
const PLAN = 'src/enforcement/plan.ts';
const NO_FACTS = edit(
  RETIRE,
  'const fact = DECIDING_FACT_NAMES.find((name) => now.facts[name] !== judged.facts[name]);',
  'const fact = DECIDING_FACT_NAMES.find(() => false);',
);
const NO_RECORDED_COMPARISON = edit(
  RETIRE,
  'if (now.recordedIn.kind !== judged.recordedIn.kind)',
  'if (judged.evidence.socket.port < 0)',
);
const NO_SHAPE_COMPARISON = edit(
  RETIRE,
  'if (JSON.stringify(now.shape) !== JSON.stringify(judged.shape))',
  'if (judged.evidence.socket.port < 0)',
);
const NO_START_TIME = edit(
  REVALIDATE,
  "if (current.process.incarnation !== holder.process.incarnation) return { kind: 'gone' };",
);
const NO_SOCKET_CHECK = edit(
  REVALIDATE,
  "if (!observer.sockets.holds(current.process.pid, judged.socket.id)) return { kind: 'socket_released' };",
  'observer.sockets.holds(current.process.pid, judged.socket.id);',
);
const NO_GUARD_AGAIN = edit(
  RETIRE,
  'const refusal = refusalFor(now, entrypoint, context) ?? possiblyBusyRefusal(samples, now);',
  'const refusal = entrypoint && context && possiblyBusyRefusal(samples, now);',
);
const NO_START_ONLY_PROVEN = edit(
  GUARD,
  "startup: [...NOT_LIVE, ['not_proven', unprovenOrphan]],",
  'startup: NOT_LIVE,',
);
const NO_SELF_REPORT = edit(
  GUARD,
  "return facts.self_report === 'matches' ? null : 'what it says about itself is not proven';",
  'return null;',
);
const NO_FAMILY = edit(GUARD, "  ['other_family', notOfFamily],\n");
const NO_UNKNOWN = edit(GUARD, "  ['singleton_unknown', livenessUnknown],\n");
const NO_ANCESTORS = edit(GUARD, "  ['protected_process', protectedProcess],\n");
const NO_REVALIDATION = edit(
  RETIRE,
  'const refusal = revalidationRefusal(judged, revalidation, entrypoint, context);',
  'const refusal = step.sent === null ? revalidationRefusal(judged, revalidation, entrypoint, context) : null;',
);
const NO_HANDLE_BEFORE = edit(
  SWEEP,
  'handle: opener.open(holder.process.pid) }',
  "handle: { signal: (name: 'SIGTERM' | 'SIGKILL') => opener.open(holder.process.pid).signal?.(name) ?? { kind: 'gone' }, close: () => undefined } }",
);
const NOT_LIVE_PROBE = edit(
  RETIRE,
  "judged.facts.responder !== judged.family && mayBeLive(judged) ? 'retrying' : 'none';",
  "judged.facts.responder !== judged.family && mayBeLive(judged) ? 'none' : 'none';",
);
const ROOT_OF_SCAN = edit(
  REVALIDATE,
  'scan: { ...scan, root: await readRootAgain(observer, scan) },',
  'scan,',
);
const ROOTS_OF_SCAN = edit(
  REVALIDATE,
  'const evidence = { ...judged, health, holder: owner, roots };',
  'const evidence = { ...judged, health, holder: owner, roots: roots.ok ? judged.roots : judged.roots };',
);

/** The guards before each act on a process. */
export const GUARDS_OF_STEPS: readonly Guard[] = [
  // The guard, before every request and signal.
  guard('a process with a foreign command line is left alone', 'reset', [NO_FAMILY]),
  guard('the command and its ancestors are left alone', 'reset', [NO_ANCESTORS]),
  {
    ...guard(
      'a socket without a known process is left alone: by four checks',
      'reset',
      [edit(GUARD, "  ['missing_pid', processUnknown],\n")],
      [edit(GUARD, "  ['identity_unreadable', commandLineUnreadable],\n")],
      [NO_FAMILY],
      [NO_ANCESTORS],
    ),
    shows: /internal error/,
  },
  guard(
    'a port outside the range is left alone, and is not scanned',
    'reset',
    [edit(GUARD, "  ['out_of_range', outOfRange],\n")],
    [
      edit(
        'src/scan/scan.ts',
        'collector.listSockets((port) => isInRange(port, family));',
        'collector.listSockets(() => true);',
      ),
    ],
  ),
  guard('the live daemon of this root is left alone', 'reset', [
    edit(GUARD, "  ['recorded_singleton', liveInOurRoot],\n"),
  ]),
  guard('the live daemon of another root is left alone', 'reset', [
    edit(GUARD, "  ['live_in_other_root', liveInOtherRoot],\n"),
  ]),
  guard('unknown protects: a healthy daemon whose state file is in doubt is left alone', 'reset', [
    NO_UNKNOWN,
  ]),
  guard('a start ends only what is proven', 'start', [NO_START_ONLY_PROVEN]),
  guard('a start leaves daemons of other roots alone', 'start', [
    edit(GUARD, "if (facts.root_marker !== 'same') return 'it is not proven to belong to this root';"),
  ]),
  {
    ...guard(
      'a start leaves silent daemons alone: by three checks',
      'start',
      [
        edit(
          GUARD,
          "if (evidence.health.kind === 'silent')",
          "if (evidence.health.kind === 'silent' && family === 'dashboard')",
        ),
      ],
      [edit(GUARD, 'if (!isHealthy(candidate)) return `it does not answer as a ${FAMILY_NOUNS[family]}`;')],
      [NO_SELF_REPORT],
    ),
    shows: /does not answer/,
  },
  {
    ...guard('a start leaves daemons whose answer proves nothing alone', 'start', [NO_SELF_REPORT]),
    shows: /does not prove/,
  },
  guard(
    'a stop ends only the recorded daemon: by selection and by guard',
    'stop',
    [edit(GUARD, "    ['not_recorded', notRecorded],\n")],
    [
      edit(
        PLAN,
        "entrypoint: 'stop',\n  selects: ({ facts }) => facts.recorded_singleton === 'yes',",
        "entrypoint: 'stop',\n  selects: () => true,",
      ),
    ],
  ),
  guard(
    'a process that is live on one socket is left alone on all of them, and unknown protects each',
    'reset',
    [edit(PLAN, 'spared.get(candidate.identity.pid);', 'spared.get(null);')],
    [NO_UNKNOWN],
  ),
  guard('a process that shares one socket is left alone on all of them', 'start', [
    edit(PLAN, "holder.kind === 'ambiguous'", "holder.kind === 'ambiguous' && pid !== null"),
  ]),
  // Each step.
  guard('each target is read again before each step', 'reset', [NO_REVALIDATION]),
  guard(
    'before each step the guard runs again, or the facts are compared',
    'reset',
    [NO_GUARD_AGAIN],
    [NO_FACTS],
  ),
  guard(
    'whether another root records a target is compared, or the guard runs again',
    'reset',
    [NO_RECORDED_COMPARISON],
    [NO_GUARD_AGAIN],
  ),
  guard('our root is read again before each step', 'reset', [ROOT_OF_SCAN]),
  guard('the roots of a target are read again before each step', 'reset', [ROOTS_OF_SCAN]),
  {
    ...guard(
      'a PID that was reused is recognised: by start time, socket, command line, guard, or facts',
      'reset',
      [NO_START_TIME],
      [NO_SOCKET_CHECK],
      [NO_SHAPE_COMPARISON],
      [NO_GUARD_AGAIN],
      [NO_FACTS],
    ),
    shows: /later process|successor|never listened/,
  },
  guard('the handle on a process is opened before the process is read again', 'reset', [NO_HANDLE_BEFORE]),
  guard('the version in an audit token is read before the process is read again (macOS)', 'macos', [
    NO_HANDLE_BEFORE,
  ]),
  guard('a silent daemon that may be live must be proven to be stuck', 'reset', [NOT_LIVE_PROBE]),
  guard('a suspended process is not stuck', 'reset', [
    edit(
      STUCK,
      "if (suspension) return { reason: 'suspended', detail: suspensionText(suspension) };",
      "if (suspension && !sample.connections.ok) return { reason: 'suspended', detail: suspensionText(suspension) };",
    ),
  ]),
  guard('a process that used CPU time is not stuck', 'reset', [
    edit(
      STUCK,
      'const activity = activityBetween(counters[at - 1] ?? now, now);',
      'const activity = counters.length < 0 ? activityBetween(counters[at - 1] ?? now, now) : null;',
    ),
  ]),
  guard('a daemon that was silent is asked again before each later step', 'reset', [
    edit(
      RETIRE,
      "if (probeMode === 'retrying') probeMode = 'once';",
      "if (probeMode === 'retrying') probeMode = 'none';",
    ),
  ]),
  guard('a probe that a slow machine delayed is repeated', 'reset', [
    edit(
      REVALIDATE,
      "answer.kind !== 'silent' || lateMs < MOST_LATE_MS",
      "answer.kind !== 'silent' || lateMs > -1",
    ),
  ]),
  guard('swept means that the socket is released', 'reset', [
    edit(
      'src/enforcement/exit-watch.ts',
      'if (hasExited(observer, watched) && (await isReleased(observer, watched))) return true;',
      'if (hasExited(observer, watched)) return true;',
    ),
  ]),
  guard('swept means that the exit was observed', 'reset', [
    edit(
      'src/enforcement/exit-watch.ts',
      'if (hasExited(observer, watched) && (await isReleased(observer, watched))) return true;',
      'if (hasExited(observer, watched) || observer.clock.monotonicMs() > 0) return true;',
    ),
  ]),
  {
    ...guard('the entry of a daemon that was sent something says so', 'reset', [
      edit(
        RETIRE,
        'if (refusal) return outcomeOf(refusal, sent);',
        'if (refusal) return outcomeOf(refusal);',
      ),
    ]),
    shows: /is skipped/,
  },
  {
    ...guard('nothing is sent without an intent in the journal', 'reset', [
      edit(SWEEP, 'journalFailure === null\n', 'journalFailure === null || opened.length > 0\n'),
    ]),
    shows: /no intent/,
  },
];
