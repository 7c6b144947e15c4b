import { expect, test } from '@jest/globals';
import { dashboardFindings } from '../../src/dashboard/findings.js';
import { identify } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import { err, ok } from '../../src/model/result.js';
import type { ListenerEvidence, Scan } from '../../src/model/scan.js';
import { aHealthBody, aListener, aProcess, aScan, dashboardArgv } from '../builders/evidence.js';

const START = 'cd /home/me/project && spec-kitty dashboard';

const onPort = (port: number): ListenerEvidence =>
  aListener({
    socket: { address: '127.0.0.1', port, id: String(port), uid: 1000 },
    holder: {
      kind: 'known',
      process: aProcess({ pid: port, argv: ok({ elements: dashboardArgv(port), exact: true }) }),
    },
    health: {
      kind: 'answered',
      body: aHealthBody({ hasProjectPath: true, projectPath: '/home/me/project', protocolVersion: null }),
    },
  });

const findingsFor = (
  ports: readonly number[],
  verdict: Pick<JudgedCandidate['verdict'], 'cleanupClass' | 'reason'>,
  changes: Partial<Scan> = {},
) => {
  const scan: Scan = { ...aScan(ports.map(onPort)), family: 'dashboard', ...changes };
  const candidates = identify(scan).map((candidate) => ({
    ...candidate,
    verdict: { ...verdict, rule: null, trace: [] },
  }));
  return dashboardFindings(scan, candidates, START);
};

test('orphaned dashboards are one finding, whose command is that of a start', () => {
  expect(findingsFor([9240, 9241, 9250], { cleanupClass: 'safe_auto', reason: null })).toEqual([
    {
      id: 'orphaned_dashboards',
      severity: 'attention',
      summary: '3 orphaned dashboards of this project, no longer in use: ports 9240-9241, 9250',
      remediation: { command: START, effect: 'stops them, and keeps the dashboard in use' },
    },
  ]);
});

test('a dashboard to decide about is a finding with its reason and its step', () => {
  expect(
    findingsFor([9240], { cleanupClass: 'operator_required', reason: 'singleton_unknown' }),
  ).toMatchObject([
    {
      id: 'operator_required.singleton_unknown',
      severity: 'attention',
      summary: '1 dashboard on port 9240 for you to decide: may be the live daemon',
    },
  ]);
});

test('dashboards that are left alone are no finding', () => {
  expect(findingsFor([9240], { cleanupClass: 'never_touch', reason: 'other_project' })).toEqual([]);
});

test('a failed scan and listeners that were not looked at are findings', () => {
  const found = findingsFor(
    [],
    { cleanupClass: 'never_touch', reason: null },
    {
      listeners: err('no /proc'),
      furtherListeners: 7,
    },
  );
  expect(found.map(({ id, severity }) => [id, severity])).toEqual([
    ['could_not_look', 'attention'],
    ['further_listeners', 'attention'],
  ]);
});
