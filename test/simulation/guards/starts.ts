import { edit, type Guard, guard } from './guard.js';

const ENFORCE = 'src/enforce.ts';
const STALE = 'src/enforcement/stale-files.ts';
const ENSURE = 'src/daemon/ensure.ts';
const CONFIRM = 'src/daemon/confirm.ts';
const RETIREMENT = 'src/daemon/retirement.ts';
const RECORD = 'src/daemon/identity-record.ts';
const DECIDE = 'src/sync/ensure-sync-daemon.ts';

const NO_TICK = edit(
  RETIREMENT,
  "if (stateFile.kind !== 'read' || isRecorded(root, identity)) return null;",
  'if (rootAtStart) return null;',
);
const NO_IS_HELD = edit(
  ENFORCE,
  'if (!startLock.isHeld()) {',
  'if (!startLock.isHeld() && targets.length < 0) {',
);
const NOT_STARTING = edit(
  ENFORCE,
  'return excludeStartingDaemons(observer, plan, judged.scan.root);',
  'return excludeStartingDaemons(observer, { ...plan, targets: [] }, judged.scan.root).then(() => plan);',
);

/** The guards of locks, starts, files of others, and our daemon. */
export const GUARDS_OF_STARTS: readonly Guard[] = [
  // Locks, and starts of others.
  guard('a reset scans under the start lock', 'rivals', [
    edit(
      'src/enforcement/locks.ts',
      "if (lock.kind !== 'held') return lock;\n  let isHeld",
      "if (lock.kind === 'impossible') return lock;\n  if (lock.kind === 'busy') return { kind: 'held', lock: { isHeld: () => true, handOver: () => -1, release: () => undefined } };\n  let isHeld",
    ),
  ]),
  guard('a scan is not used once the start lock has expired', 'reset', [NO_IS_HELD]),
  guard('a daemon that another root is starting is left alone', 'reset', [NOT_STARTING]),
  // A start.
  guard('a start decides by a scan under the start lock', 'rivals', [
    edit(
      ENSURE,
      'const decision = decide(judged);\n    const started =',
      'const decision = before;\n    const started =',
    ),
  ]),
  guard('a daemon is started only under the start lock', 'rivals', [
    edit(
      ENSURE,
      "if (taken.kind === 'busy')\n    return {",
      "if (taken.kind === 'busy' && before.kind !== 'start')\n    return {",
    ),
    edit(
      ENSURE,
      'const { lock } = taken;',
      "const lock = taken.kind === 'held' ? taken.lock : { isHeld: () => true, handOver: () => -1, release: () => undefined };",
    ),
  ]),
  guard('a start names its own daemon, by PID and port', 'rivals', [
    edit(
      CONFIRM,
      'identity.pid === pid && identity.port === port;\n  if (decision',
      'identity.pid === pid;\n  if (decision',
    ),
  ]),
  guard('a healthy recorded daemon is reused, not replaced', 'start', [
    edit(
      DECIDE,
      "return isOwn && facts.package_version === 'older' ? { kind: 'start' } : { kind: 'reuse', daemon };",
      "return isOwn ? { kind: 'start' } : { kind: 'reuse', daemon };",
    ),
  ]),
  guard('a recorded daemon that does not answer is not replaced', 'start', [
    edit(
      DECIDE,
      "return leave('singleton_unresponsive', `${who} is recorded and does not answer`);",
      "return { kind: 'start' };",
    ),
  ]),
  guard(
    'a daemon that is recorded elsewhere is not replaced',
    'start',
    [
      edit(
        DECIDE,
        'if (isRecordedElsewhere(root, context.machine))',
        'if (isRecordedElsewhere(root, context.machine) && port < 0)',
      ),
    ],
    [
      edit(
        DECIDE,
        "if (mayRunElsewhere(root, context)) return leave('recorded_elsewhere', NOT_SEEN_HERE);",
        "if (mayRunElsewhere(root, context) && port < 0) return leave('recorded_elsewhere', NOT_SEEN_HERE);",
      ),
    ],
  ),
  guard('unknown protects: no daemon is started beside a state file that cannot be read', 'start', [
    edit(
      DECIDE,
      "return leave('singleton_unknown', `the state file cannot be read: ${stateFile.why}`);",
      "return { kind: 'start' };",
    ),
  ]),
  guard(
    'unknown protects: no daemon is started beside a malformed state file and a daemon that it may mean',
    'start',
    [edit(DECIDE, 'return candidates.some(mayBelongHere)', 'return candidates.length < 0')],
  ),
  guard('a state file that others could write is checked under the lock too', 'start', [
    edit(DECIDE, 'if (issue) return leave(', 'if (issue && !listeners.ok) return leave('),
  ]),
  guard('a start that no scan confirms is not ready', 'start', [
    edit(CONFIRM, 'if (missing === null) {', 'if (missing === null || started.port > 0) {'),
  ]),
  guard('a start that waited for the lock in vain looks again before it is ready', 'rivals', [
    edit(
      ENSURE,
      "if (decision.kind !== 'start')\n        return toEnsuredDaemon(request, { ...unchanged, judged: later, decision });",
      'return toEnsuredDaemon(request, later && decision && unchanged);',
    ),
  ]),
  guard(
    'a process with the PID in a record and the arguments of another daemon is another one',
    'retirement',
    [
      edit(
        'src/identity/recorded-singleton.ts',
        'holder.process.incarnation !== incarnation || (shape !== null && keyOf(shape) !== id);',
        'holder.process.incarnation !== incarnation || (shape !== null && keyOf(shape) === `${id}/`);',
      ),
    ],
  ),
  guard('a later process with the PID in the record of the recorded daemon is another one', 'rivals', [
    edit(
      'src/identity/recorded-singleton.ts',
      'const recordedPid = record && isLaterProcess(record, evidence, shape) ? null : record?.pid;',
      'const recordedPid = record?.pid;',
    ),
  ]),
  // Files of others.
  guard(
    'the state file is removed only if its daemon is gone: by its process, its port, and a connection',
    'reset',
    [
      edit(
        STALE,
        "if (stateFile.kind !== 'read' || !isRecordedProcessGone(machine.observer, family, root, context))",
        "if (stateFile.kind !== 'read' || isRecordedProcessGone(machine.observer, family, root, context) === null)",
      ),
    ],
    [edit(STALE, 'if (!sockets.ok || sockets.value.length > 0 || (await mayRun(root)))', 'if (!sockets.ok)')],
    [edit(STALE, "if (!lacks.ok || lacks.value) return { kind: 'kept' };")],
  ),
  guard(
    'the state file is removed under the start lock, or read again before it is removed',
    'reset',
    [
      edit(
        STALE,
        "if (start.kind !== 'held') return { kind: 'kept' };",
        "if (start.kind === 'impossible') return { kind: 'kept' };",
      ),
      edit(STALE, "if (!start.lock.isHeld()) return { kind: 'kept' };"),
      edit(
        STALE,
        '} finally {\n    start.lock.release();\n  }',
        "} finally {\n    if (start.kind === 'held') start.lock.release();\n  }",
      ),
      edit(
        STALE,
        '  const start = await takeStartLock(machine, family, rootPath, 0);',
        '  const root = await readRoot();\n  const start = await takeStartLock(machine, family, rootPath, 0);',
      ),
      edit(STALE, '    const root = await readRoot();\n    const { stateFile }', '    const { stateFile }'),
    ],
    [edit(STALE, "if (JSON.stringify(now) !== JSON.stringify(stateFile)) return { kind: 'kept' };")],
  ),
  guard(
    'the record of a daemon that runs is not removed: by its PID, and by its port',
    'rivals',
    [edit(STALE, "if (stat.kind === 'alive' && stat.incarnation === record.incarnation) return false;")],
    [
      edit(
        STALE,
        "return argv.value.exact && !(shape?.generation === 'own' && shape.id === record.id);",
        'return shape !== undefined;',
      ),
    ],
  ),
  guard('a lock without a record is removed only if it is released', 'rivals', [
    edit(
      STALE,
      'if (await observer.files.isReleased(lock, null)) actor.files.remove(lock);',
      'actor.files.remove(lock);',
    ),
  ]),
  // Our daemon.
  guard('a daemon that is no longer recorded retires', 'rivals', [NO_TICK]),
  guard(
    'a daemon retires that its starter does not confirm, or that is no longer recorded',
    'rivals',
    [
      edit(
        'src/daemon/run.ts',
        'if (await confirmation) result.daemon.begin();',
        'if ((await confirmation) !== null) result.daemon.begin();',
      ),
    ],
    [NO_TICK],
  ),
  guard('a daemon that retires removes the state file only if it names the daemon', 'rivals', [
    edit(RECORD, 'if (isNamed()) machine.actor.files.remove', 'machine.actor.files.remove'),
  ]),
  // The queue.
  guard('a row of the queue is deleted only if the server acknowledged its event', 'drain', [
    edit('src/sync/drain.ts', "if (answer === 'acknowledged')", "if (answer !== 'refused')"),
  ]),
  guard('a row of the queue is deleted only with the content that was sent', 'drain', [
    edit(
      'src/sync/queue.ts',
      "AND CAST(event_id AS BLOB) = ? AND CAST(data AS BLOB) = ?';",
      "AND CAST(event_id AS BLOB) = ?';",
    ),
  ]),
];
