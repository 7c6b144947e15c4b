import { PLATFORM_CAPABILITIES } from '../../src/model/capabilities.js';
import { describe, expect, test } from '@jest/globals';
import { listenerTable } from '../../src/report/listener-table.js';
import type { DoctorReport, Finding, ReportCandidate } from '../../src/report/report.js';
import { formatText } from '../../src/report/text.js';
import type { Screen } from '../../src/text/layout.js';
import { PLAIN } from '../../src/text/terminal.js';

const AS_USUAL = { everyRow: false, asks: true } as const;
const TERMINAL: Screen = { style: PLAIN, columns: 120, joinsLines: true };

describe('equal listeners on adjacent ports share a row', () => {
  test('with their ports, number, versions, memory and ages', () => {
    const those = [
      listener(9401, { package_version: '3.2.9' }),
      listener(9402, { package_version: '3.2.10', cost: cost({ started_at: '2026-11-21T12:00:00.000Z' }) }),
      listener(9403, { package_version: null }),
    ];
    expect(rows(those)).toEqual([
      '9401–9403  3 proven orphans  3.2.9–3.2.10  30 MB  2–3 d  safe to retire  -',
    ]);
  });

  test.each<[string, ReportCandidate]>([
    ['a free port is between them', listener(9403)],
    ['it is the same process', listener(9402, { pid: 4001 })],
    ['its process is unknown', listener(9402, { pid: null })],
    ['it has another address', listener(9402, { address: '::1' })],
    ['it has another root', listener(9402, { daemon_root: '/elsewhere' })],
    ['it has another reason', listener(9402, { cleanup_class: 'never_touch', skip_reason: 'third_party' })],
    ['it is live in its root', listener(9402, { live_in_root: '/elsewhere' })],
  ])('but not if %s', (_name, other) => {
    expect(rows([listener(9401), other])).toHaveLength(2);
  });

  test('but not if they are other programs', () => {
    const thirdParty = { cleanup_class: 'never_touch', skip_reason: 'third_party' } as const;
    const those = ['node a.js', 'node b.js', 'node b.js'].map((program, index) =>
      listener(9401 + index, { ...thirdParty, program }),
    );
    expect(rows(those).map((row) => row.split('  ').slice(0, 2))).toEqual([
      ['9401', 'node a.js, another program'],
      ['9402–9403', '2 × node b.js, another program'],
    ]);
  });

  test('but not with --all, and not in a file', () => {
    const those = [listener(9401), listener(9402)];
    expect(listenerTable(report(those), TERMINAL, true)).toHaveLength(3);
    expect(listenerTable(report(those), { ...TERMINAL, columns: Infinity }, false)).toHaveLength(3);
  });
});

describe('the report', () => {
  const step = (command: string) => ({ command, effect: 'does it' });

  test('begins with what needs the user, and lists the most pressing finding first, what is only said last', () => {
    const undecided = { cleanup_class: 'operator_required', skip_reason: 'pre_marker' } as const;
    const text = formatText(
      report(
        [listener(9401), listener(9402), listener(9403, undecided)],
        [
          finding('orphaned_daemons', 'attention', step('first')),
          finding('operator_required.pre_marker', 'attention', step('second')),
          finding('reset_failed', 'attention', null),
          finding('record_unusable', 'attention', step('third')),
          finding('other_program', 'info', null),
        ],
      ),
      TERMINAL,
      AS_USUAL,
    );
    expect(text).toMatch(/^Needs you: 2 orphans, 1 daemon to decide about, 2 other findings\. /);
    expect(text.split('\n').slice(-12)).toEqual([
      '! orphaned_daemons',
      '    # does it',
      '    first',
      '! operator_required.pre_marker',
      '    # does it',
      '    second',
      '! reset_failed',
      '! record_unusable',
      '    # does it',
      '    third',
      '- other_program',
      '',
    ]);
  });

  test("does not count another user's daemon as one that needs the user", () => {
    const others = listener(9401, { cleanup_class: 'operator_required', skip_reason: 'other_user' });
    const text = formatText(
      report([others], [finding('operator_required.other_user', 'info', step('sudo'))]),
      TERMINAL,
      AS_USUAL,
    );
    expect(text).toMatch(/^Nothing needs attention\. /);
    expect(text).not.toMatch(/needs you|you decide/);
    expect(text).toContain('x not ours');
  });
});

describe('a reset or dry run of one target', () => {
  const undecided = { cleanup_class: 'operator_required', skip_reason: 'pre_marker' } as const;
  const candidates = [
    listener(9401),
    ...[9402, 9403, 9404].map((port) => listener(port, undecided)),
    listener(9405, { ...undecided, skip_reason: 'cross_root', live_in_root: '/srv/other/.spec-kitty' }),
    listener(9406, { cleanup_class: 'never_touch', skip_reason: 'third_party', program: 'node a.js' }),
  ];
  const left = candidates.slice(1);

  test('counts what was not asked for in one line, and keeps the reason of what is left alone anyhow', () => {
    const skipped = left.map(({ port, pid, cleanup_class }) => {
      return { pid, port, cleanup_class, skip_reason: 'not_selected', detail: '' };
    });
    const text = formatText(
      { ...report(candidates, []), swept: [], skipped, failed: [] },
      TERMINAL,
      AS_USUAL,
    );
    expect(linesFrom(text, 'Retired 0, left alone 5, failed 0.')).toEqual([
      '  9405  PID 4005  left alone  live daemon of another root',
      '  9406  PID 4006  left alone  node a.js, another program',
      '  3 others: not asked for, left alone',
    ]);
  });

  test('the dry run says the same', () => {
    const plan = candidates.map(({ port, pid, cleanup_class }) => {
      const action = port === 9401 ? ('retire' as const) : ('skip' as const);
      return { pid, port, action, reason: port === 9401 ? null : 'not_selected', cleanup_class };
    });
    const text = formatText({ ...report(candidates, []), plan }, TERMINAL, AS_USUAL);
    expect(linesFrom(text, 'A reset would do this (nothing was done):')).toEqual([
      '  9401  PID 4001  retire       orphan, no longer in use',
      '  9405  PID 4005  leave alone  live daemon of another root',
      '  9406  PID 4006  leave alone  node a.js, another program',
      '  3 others: not asked for, left alone',
    ]);
  });

  test.each([
    [true, 2, '  On a terminal it asks before it retires the 2 that are not proven to be orphans.'],
    [true, 1, '  On a terminal it asks before it retires the one that is not proven to be an orphan.'],
    [true, 0, undefined],
    [false, 2, undefined],
  ])('the dry run of a reset that asks (%j) about %d daemons says so', (asks, undecidedOnes, line) => {
    const plan = candidates.slice(0, undecidedOnes + 1).map(({ port, pid, cleanup_class }) => {
      return { pid, port, action: 'retire' as const, reason: null, cleanup_class };
    });
    const text = formatText({ ...report(candidates, []), plan }, TERMINAL, { ...AS_USUAL, asks });
    expect(text.split('\n').find((one) => one.includes('On a terminal'))).toEqual(
      line && expect.stringContaining(line),
    );
  });

  test('tells a single other by its port', () => {
    const skipped = [
      { pid: 4002, port: 9402, cleanup_class: 'operator_required', skip_reason: 'not_selected', detail: '' },
    ] as const;
    const text = formatText(
      { ...report(candidates, []), swept: [], skipped, failed: [] },
      TERMINAL,
      AS_USUAL,
    );
    expect(linesFrom(text, 'Retired 0, left alone 1, failed 0.')).toEqual([
      '  9402  PID 4002  left alone  not asked for',
    ]);
  });
});

describe('equal entries of a reset', () => {
  const text = (columns: number, everyRow = false) =>
    formatText(
      {
        ...report([9401, 9402, 9403, 9405].map((port) => listener(port))),
        swept: [9401, 9402, 9405].map((port) => {
          const path = 'http_shutdown' as const;
          return {
            ...{ pid: port - 5400, port, package_version: null, protocol_version: null },
            ...{ cleanup_path: path, reason: 'proven_orphan' },
          };
        }),
        skipped: [],
        failed: [
          { pid: 4003, port: 9403, failure_reason: 'still_running', detail: 'no exit' },
          ...[9406, 9407].map((port) => ({
            pid: null,
            port,
            failure_reason: 'missing_pid' as const,
            detail: 'unknown',
          })),
        ],
      },
      { ...TERMINAL, columns },
      { ...AS_USUAL, everyRow },
    );

  test('share a row on a terminal, with all their ports and PIDs', () => {
    expect(linesFrom(text(120), 'Retired 3, left alone 0, failed 3.')).toEqual([
      '  9401-9402, 9405  3 processes  retired when asked  orphan, no longer in use (PIDs 4001-4002, 4005)',
      '  9403             PID 4003     failed              did not end in time: no exit',
      '  9406             PID unknown  failed              its process is unknown: unknown',
      '  9407             PID unknown  failed              its process is unknown: unknown',
    ]);
  });

  test('fit a narrow one', () => {
    const lines = text(30).split('\n');
    expect(lines.filter((line) => line.length > 30)).toEqual([]);
    expect(lines.slice(lines.indexOf('  9401-9402, 9405 3 processes')).slice(1, 5)).toEqual([
      '  retired when asked',
      '    orphan, no longer in use',
      '    (PIDs 4001-4002, 4005)',
      '  9403 PID 4003 failed',
    ]);
  });

  test.each([
    ['--all', 120, true],
    ['a file', Infinity, false],
  ])('have a row each with %s', (_name, columns, everyRow) => {
    expect(linesFrom(text(columns, everyRow), 'Retired 3, left alone 0, failed 3.').slice(0, 3)).toEqual([
      '  9401  PID 4001     retired when asked  orphan, no longer in use',
      '  9402  PID 4002     retired when asked  orphan, no longer in use',
      '  9405  PID 4005     retired when asked  orphan, no longer in use',
    ]);
  });
});

test('an explanation names the folder that a daemon serves, and no name of it runs anything (pitfall 33)', () => {
  const explanation = { decided_by: null, rules: [], nearest: [] };
  const text = formatText(
    report([listener(9401, { explanation, daemon_root: '/srv/`id`/.spec-kitty' })], []),
    TERMINAL,
    AS_USUAL,
  );
  expect(text).toContain('\n  Serves /srv/\\`id\\`/.spec-kitty\n  Evidence\n');
});

test.each([
  [
    { skip_reason: 'cross_root', live_in_root: '/srv/other' },
    /Nothing to do: it is in use, named by the state file of \/srv\/other;/,
  ],
  [{ skip_reason: 'other_user' }, /No reset of yours retires it/],
  [{ skip_reason: 'pre_marker' }, null],
])(
  'an explanation of a daemon for its user to decide about (%j) says when a reset leaves it alone',
  (of, words) => {
    const explanation = { decided_by: null, rules: [], nearest: [] };
    const explained = listener(9402, { explanation, cleanup_class: 'operator_required', ...of });
    const text = formatText(report([explained], []), TERMINAL, AS_USUAL);
    expect(/^ {2}(?:Nothing to do|No reset).*$/m.exec(text)?.[0] ?? null).toEqual(
      words && expect.stringMatching(words),
    );
  },
);

describe('a table that does not fit', () => {
  test('keeps ports, what listens and class longest, then the root, with its distinctive end', () => {
    const other = (port: number, name: string) =>
      listener(port, {
        ...{ cleanup_class: 'operator_required', skip_reason: 'cross_root' },
        daemon_root: `/home/someone/projects/${name}/.spec-kitty`,
      });
    const those = report([other(9401, 'work-home'), other(9403, 'play-home')]);
    const shown = (columns: number) =>
      listenerTable(those, { ...TERMINAL, columns }, false).map((line) => line.replaceAll(/ {2,}/g, '  '));
    expect(shown(200)[1]).toContain('/home/someone/projects/work-home/.spec-kitty');
    expect(shown(70)).toEqual([
      'PORT  WHAT  CLASS  ROOT',
      '9401  daemon of another root  you decide  …/work-home/.spec-kitty',
      '9403  daemon of another root  you decide  …/play-home/.spec-kitty',
      'A wider terminal shows VERSION, MEMORY, AGE, PID too.',
    ]);
    expect(shown(50)[1]).toBe('9401  daemon of another root  you decide');
  });
});

/** The lines below a heading, up to the next blank line. */
function linesFrom(text: string, heading: string): readonly string[] {
  const lines = text.split('\n');
  const from = lines.indexOf(heading) + 1;
  return from === 0 ? [] : lines.slice(from, lines.indexOf('', from));
}

function rows(candidates: readonly ReportCandidate[]): readonly string[] {
  return listenerTable(report(candidates), TERMINAL, false)
    .slice(1)
    .filter((line) => !line.startsWith('--all'))
    .map((line) => line.replaceAll(/ {2,}/g, '  '));
}

function cost(changes: Partial<ReportCandidate['cost']> = {}): ReportCandidate['cost'] {
  return {
    uid: 1000,
    resident_bytes: 10_000_000,
    cpu_seconds: 1,
    started_at: '2026-11-20T12:00:00.000Z',
    ...changes,
  };
}

/** An orphan. */
function listener(port: number, changes: Partial<ReportCandidate> = {}): ReportCandidate {
  return {
    daemon_family: 'sync',
    pid: port - 5400,
    port,
    address: '127.0.0.1',
    protocol_version: 1,
    package_version: '3.2.9',
    singleton_scope_id: null,
    daemon_root: null,
    queue_db_path: null,
    auth_scope: null,
    server_url: null,
    owner_present: null,
    owner_record: 'absent',
    identity_source: 'argv',
    executable_summary: null,
    program: null,
    spawn_shape: 'production',
    cleanup_class: 'safe_auto',
    skip_reason: null,
    live_in_root: null,
    cost: cost(),
    evidence: [],
    remediation: null,
    ...changes,
  };
}

function finding(id: string, severity: Finding['severity'], remediation: Finding['remediation']): Finding {
  return { id, severity, summary: id, remediation };
}

function report(candidates: readonly ReportCandidate[], findings: readonly Finding[] = []): DoctorReport {
  return {
    schema_version: 1,
    generated_at: '2026-11-23T13:00:00.000Z',
    scope: {
      root: '/home/me/.spec-kitty',
      root_exists: true,
      user: 'me',
      uid: 1000,
      ports: { first: 9400, end: 9450 },
      collector: 'procfs',
      fence: null,
      could_not_look: null,
      capabilities: PLATFORM_CAPABILITIES.linux,
    },
    summary: { listeners: 0, safe_auto: 0, operator_required: 0, never_touch: 0, attention: 0 },
    policy: { source: 'shipped', sha256: 'a'.repeat(64) },
    daemon: null,
    candidates,
    findings,
    recent: [],
  };
}
