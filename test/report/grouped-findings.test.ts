import { expect, test } from '@jest/globals';
import { identify } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import { ok } from '../../src/model/result.js';
import type { ListenerEvidence } from '../../src/model/scan.js';
import { findingsOf } from '../../src/report/findings.js';
import { aReportInput } from '../builders/report-input.js';
import { aHealthBody, aListener, aProcess, aScan, debuggedArgv } from '../builders/evidence.js';

const findingsFor = (listeners: readonly ListenerEvidence[], verdict: JudgedCandidate['verdict']) => {
  const scan = aScan(listeners);
  const candidates = identify(scan).map((candidate) => ({ ...candidate, verdict }));
  return findingsOf(aReportInput({ scan, candidates }));
};

const onPort = (port: number, changes: Partial<ListenerEvidence>): ListenerEvidence =>
  aListener({ socket: { address: '127.0.0.1', port, id: String(port), uid: 1000 }, ...changes });

const debugged = (port: number): ListenerEvidence =>
  onPort(port, {
    holder: {
      kind: 'known',
      process: aProcess({ pid: port - 5000, argv: ok({ elements: debuggedArgv(port), exact: true }) }),
    },
    health: { kind: 'answered', body: aHealthBody() },
  });

const UNKNOWN = {
  cleanupClass: 'never_touch',
  reason: 'unknown_command_line',
  rule: null,
  trace: [],
} as unknown as JudgedCandidate['verdict'];

test('daemons with the same unusual command line are one finding, with ports as ranges and one command', () => {
  const [finding, ...more] = findingsFor(
    [debugged(9401), debugged(9402), debugged(9403), debugged(9407)],
    UNKNOWN,
  );
  expect(more).toEqual([]);
  expect(finding?.summary).toMatch(/^ports 9401-9403, 9407, each: .*; no spec-kitty command retires it$/);
  expect(finding?.remediation?.command).toBe('ps -ww -o pid,user,lstart,command -p 4401,4402,4403,4407');
});

test('one daemon with an unusual command line keeps its words', () => {
  const [finding] = findingsFor([debugged(9401)], UNKNOWN);
  expect(finding?.summary).toMatch(/^port 9401: /);
  expect(finding?.remediation).toMatchObject({
    command: 'ps -ww -o pid,user,lstart,command -p 4401',
    effect: expect.stringContaining('`kill 4401` retires it') as unknown,
  });
});

test('ports whose process cannot be seen are one finding, with one command for all of them', () => {
  const verdict = { ...UNKNOWN, cleanupClass: 'operator_required', reason: 'missing_pid' } as const;
  const unseen = (port: number): ListenerEvidence =>
    onPort(port, { holder: { kind: 'unknown', why: 'EACCES' } as unknown as ListenerEvidence['holder'] });
  const findings = findingsFor([unseen(9401), unseen(9402)], verdict);
  expect(findings).toMatchObject([
    {
      id: 'operator_required.missing_pid',
      summary: '2 daemons on ports 9401-9402 for you to decide: its process is unknown',
      remediation: { command: "sudo ss -ltnp 'sport = :9401 or sport = :9402'" },
    },
  ]);
});

test('a daemon in use in another root is information without a command, which names that root', () => {
  const verdict = { ...UNKNOWN, cleanupClass: 'operator_required', reason: 'cross_root' } as const;
  const [listens] = [onPort(9424, { health: { kind: 'answered', body: aHealthBody() } })];
  const scan = aScan([listens]);
  const candidates = identify(scan).map((candidate) => ({
    ...candidate,
    verdict,
    facts: { ...candidate.facts, responder: 'sync' } as const,
    recordedIn: {
      kind: 'other_root',
      root: { ...scan.root, path: '/home/me/work-home/.spec-kitty', inOurTree: true },
    } as const,
  }));
  expect(findingsOf(aReportInput({ scan, candidates }))).toEqual([
    {
      id: 'live_in_other_root',
      severity: 'info',
      summary: 'port 9424 serves /home/me/work-home/.spec-kitty, where it is in use: nothing to do',
      remediation: null,
    },
  ]);
});

test('daemons of deleted folders are one finding, which names the first few', () => {
  const verdict = { ...UNKNOWN, cleanupClass: 'operator_required', reason: 'cross_root' } as const;
  const findingFor = (count: number) => {
    const ports = Array.from({ length: count }, (_, index) => 9401 + index);
    const scan = aScan(
      ports.map((port) =>
        onPort(port, { holder: { kind: 'known', process: aProcess({ pid: port - 5000 }) } }),
      ),
    );
    const candidates = identify(scan).map((candidate) => ({
      ...candidate,
      verdict,
      facts: { ...candidate.facts, root_exists: 'no', responder: 'silent' } as const,
      identity: { ...candidate.identity, daemonRoot: `/gone/${candidate.identity.port}` },
    }));
    return findingsOf(aReportInput({ scan, candidates })).map(({ remediation }) => remediation?.effect);
  };
  expect(findingFor(1)).toEqual([
    'serves another folder, /gone/9401, which was deleted, and does not answer; this retires it',
  ]);
  expect(findingFor(5)).toEqual([
    'each serves another folder, which was deleted (/gone/9401, /gone/9402, /gone/9403, 2 more), and does not answer; this retires them',
  ]);
});
