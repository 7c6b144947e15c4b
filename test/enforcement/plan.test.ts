import { describe, expect, test } from '@jest/globals';
import { planFor, RESET_CLASSES, selectForReset, STOP_TARGETS } from '../../src/enforcement/plan.js';
import { identifyListener } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import { ok } from '../../src/model/result.js';
import type { ListenerEvidence, RootEvidence } from '../../src/model/scan.js';
import type { CleanupClass } from '../../src/model/verdict.js';
import {
  aDirectory,
  aListener,
  aProcess,
  aRoot,
  aScan,
  FLATTENED_SOCKET,
  stateFile,
  TOKEN,
} from '../builders/evidence.js';

/** A candidate with any verdict: the guard must hold whatever a policy says. */
function judged(
  evidence: ListenerEvidence,
  cleanupClass: CleanupClass = 'safe_auto',
  root: Partial<RootEvidence> = {},
): JudgedCandidate {
  const verdict = {
    cleanupClass,
    reason: cleanupClass === 'safe_auto' ? null : 'some_reason',
    rule: 'r',
    trace: [],
  };
  return { ...identifyListener(evidence, aScan([evidence], root)), verdict };
}

const { context } = aScan([]);
const planOf = (...candidates: JudgedCandidate[]) =>
  planFor(selectForReset(RESET_CLASSES), candidates, context);
const elsewhere = { path: '/other', directory: aDirectory('43') } as const;

test('a proven orphan is a target', () => {
  expect(planOf(judged(aListener()))).toMatchObject({
    targets: [{ identity: { pid: 4001 } }],
    skipped: [],
    refused: [],
  });
});

describe('the guard checks every target, whatever the policy says', () => {
  test.each<readonly [string, ListenerEvidence, string]>([
    [
      'a port out of range (NFR-001)',
      aListener({ socket: { address: '127.0.0.1', port: 9450, id: '1', uid: 1000 } }),
      'out_of_range',
    ],
    [
      'a port below the range (NFR-001)',
      aListener({ socket: { address: '127.0.0.1', port: 9399, id: '1', uid: 1000 } }),
      'out_of_range',
    ],
    [
      "another user's socket",
      aListener({ socket: { address: '127.0.0.1', port: 9401, id: '1', uid: 0 } }),
      'other_user',
    ],
    [
      "another user's process",
      aListener({ holder: { kind: 'known', process: aProcess({ uid: 0 }) } }),
      'other_user',
    ],
    [
      'a process that is only described by a tool',
      aListener({ holder: { kind: 'described', process: aProcess(), why: 'x' } }),
      'identity_unreadable',
    ],
    ['a socket without an inode number', aListener({ socket: FLATTENED_SOCKET }), 'identity_unreadable'],
    ['an unknown process', aListener({ holder: { kind: 'unknown', why: 'x' } }), 'missing_pid'],
    ['two processes', aListener({ holder: { kind: 'ambiguous', why: 'x', pids: [1, 2] } }), 'missing_pid'],
    [
      'the first process',
      aListener({ holder: { kind: 'known', process: aProcess({ pid: 1 }) } }),
      'protected_process',
    ],
    [
      'this command itself (pitfall 14)',
      aListener({ holder: { kind: 'known', process: aProcess({ pid: 900 }) } }),
      'protected_process',
    ],
    [
      'an ancestor of this command',
      aListener({ holder: { kind: 'known', process: aProcess({ pid: 800 }) } }),
      'protected_process',
    ],
    [
      'an unreadable command line',
      aListener({ holder: { kind: 'known', process: aProcess({ argv: { ok: false, why: 'EACCES' } }) } }),
      'identity_unreadable',
    ],
    [
      'another command line',
      aListener({
        holder: { kind: 'known', process: aProcess({ argv: ok({ elements: ['vim'], exact: true }) }) },
      }),
      'other_family',
    ],
  ])('%s', (_name, evidence, reason) => {
    expect(planOf(judged(evidence))).toMatchObject({ targets: [], refused: [{ refusal: { reason } }] });
  });

  test.each<readonly [string, ListenerEvidence, Partial<RootEvidence>, string]>([
    [
      'the live daemon of this root',
      aListener(),
      { stateFile: stateFile(9401, TOKEN, 4001) },
      'recorded_singleton',
    ],
    [
      'possibly the live daemon of this root',
      aListener(),
      { stateFile: { kind: 'malformed', why: 'x' } },
      'singleton_unknown',
    ],
    [
      'the live daemon of another root',
      aListener({ roots: ok([aRoot({ ...elsewhere, stateFile: stateFile(9401, TOKEN, 4001) })]) }),
      {},
      'live_in_other_root',
    ],
    [
      'possibly the live daemon of another root',
      aListener({ roots: ok([aRoot({ ...elsewhere, stateFile: { kind: 'unreadable', why: 'EACCES' } })]) }),
      {},
      'singleton_unknown',
    ],
  ])('%s is skipped', (_name, evidence, root, reason) => {
    expect(planOf(judged(evidence, 'operator_required', root))).toMatchObject({
      targets: [],
      refused: [],
      skipped: [{ refusal: { reason } }],
    });
  });

  test('a recorded daemon that does not answer stays a target, because it is asked again before any step', () => {
    const silent = aListener({ health: { kind: 'silent', why: 'x' } });
    const plan = planOf(judged(silent, 'operator_required', { stateFile: stateFile(9401, TOKEN, 4001) }));
    expect(plan.targets).toHaveLength(1);
  });
});

test('a process that is live on one of its sockets is no target for another', () => {
  const live = aListener();
  const silent = aListener({
    socket: { ...live.socket, port: 9410, id: '2' },
    health: { kind: 'silent', why: 'x' },
  });
  const root = { stateFile: stateFile(9401, TOKEN, null) };
  const { targets, skipped } = planOf(
    judged(silent, 'operator_required', root),
    judged(live, 'never_touch', root),
  );
  expect(targets).toEqual([]);
  expect(skipped).toMatchObject([
    {
      refusal: {
        reason: 'recorded_singleton',
        detail: expect.stringContaining('by its socket on port 9401'),
      },
    },
    { refusal: { reason: 'some_reason' } },
  ]);
});

test('a process with a socket that is never_touch is no target for another socket', () => {
  const proven = aListener();
  const other = aListener({ socket: { ...proven.socket, port: 9410, id: '2' } });
  const { targets, skipped } = planOf(judged(proven), judged(other, 'never_touch'));
  expect(targets).toEqual([]);
  expect(skipped).toMatchObject([
    { refusal: { reason: 'some_reason', detail: expect.stringContaining('its socket on port 9410') } },
    { refusal: { reason: 'some_reason' } },
  ]);
});

test('a process that shares a socket with another one is no target for another socket, also not of a stop', () => {
  const proven = aListener();
  const shared = aListener({
    socket: { ...proven.socket, port: 9410, id: '2' },
    holder: { kind: 'ambiguous', why: '2 processes hold this socket', pids: [4001, 4002] },
  });
  const recorded = { stateFile: stateFile(9401, TOKEN, null) };
  const candidates = [judged(proven), judged(shared, 'operator_required')];
  const stopped = [judged(proven, 'never_touch', recorded), judged(shared, 'operator_required', recorded)];
  for (const { targets, skipped } of [planOf(...candidates), planFor(STOP_TARGETS, stopped, context)]) {
    expect(targets).toEqual([]);
    expect(skipped).toContainEqual({
      candidate: expect.objectContaining({ evidence: proven }),
      refusal: { reason: 'missing_pid', detail: expect.stringContaining('on port 9410 2 processes') },
    });
  }
});

describe('classes', () => {
  const withPid = (pid: number): ListenerEvidence =>
    aListener({ holder: { kind: 'known', process: aProcess({ pid }) } });
  const three = [
    judged(withPid(4001), 'safe_auto'),
    judged(withPid(4002), 'operator_required'),
    judged(withPid(4003), 'never_touch'),
  ];
  test('never_touch is always skipped with its reason', () => {
    expect(planOf(...three)).toMatchObject({
      targets: [{}, {}],
      skipped: [{ refusal: { reason: 'some_reason' } }],
    });
  });
  test('--only narrows, and every candidate is in exactly one list', () => {
    const plan = planFor(selectForReset(['operator_required']), three, context);
    expect(plan.targets.map(({ verdict }) => verdict.cleanupClass)).toEqual(['operator_required']);
    expect(plan.skipped.map(({ refusal }) => refusal.reason)).toEqual(['not_selected', 'some_reason']);
    expect(plan.targets.length + plan.skipped.length + plan.refused.length).toBe(three.length);
  });
});
