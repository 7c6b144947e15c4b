import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/dashboard/ensure-dashboard.js';
import { identify } from '../../src/identity/identify.js';
import type { StateFile } from '../../src/model/root.js';
import { ok, err } from '../../src/model/result.js';
import type { Scan, ListenerEvidence } from '../../src/model/scan.js';
import {
  aDirectory,
  aHealthBody,
  aListener,
  aProcess,
  aRoot,
  dashboardArgv,
  aScan,
  stateFile,
  TOKEN,
} from '../builders/evidence.js';

const PROJECT = '/home/me/project';
const HERE = aDirectory('77', '1');

/** A released dashboard of our project on 9240, PID 4001. */
function aDashboard(changes: Parameters<typeof aHealthBody>[0] = {}): ListenerEvidence {
  const answer = { hasProjectPath: true, projectPath: PROJECT, protocolVersion: null, ...changes };
  return aListener({
    socket: { address: '127.0.0.1', port: 9240, id: '42', uid: 1000 },
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements: dashboardArgv(), exact: true }) }) },
    health: { kind: 'answered', body: aHealthBody(answer) },
    roots: ok([aRoot({ path: PROJECT, directory: HERE })]),
  });
}

function scanOf(listeners: readonly ListenerEvidence[], file: StateFile = { kind: 'absent' }) {
  const world: Scan = {
    ...aScan(listeners),
    family: 'dashboard',
    root: aRoot({ path: PROJECT, directory: HERE, stateFile: file }),
  };
  return { scan: world, candidates: identify(world) };
}

describe('the decision of a dashboard start', () => {
  test('no listener: start', () => {
    expect(decide(scanOf([]))).toEqual({ kind: 'start' });
  });
  test('a recorded, proven dashboard: reuse', () => {
    expect(decide(scanOf([aDashboard()], stateFile(9240, TOKEN, 4001)))).toMatchObject({ kind: 'reuse' });
  });
  test('a proven dashboard that is not recorded: start, because it is stale', () => {
    const scanned = scanOf([aDashboard()]);
    expect(decide(scanned)).toEqual({ kind: 'start' });
    expect(scanned.candidates[0]?.facts).toMatchObject({ self_report: 'matches', recorded_singleton: 'no' });
  });
  test('a proven dashboard with an unreadable state file: reuse', () => {
    expect(decide(scanOf([aDashboard()], { kind: 'malformed', why: 'x' }))).toMatchObject({ kind: 'reuse' });
  });
  test.each([
    ['another token', { token: 'f'.repeat(32) }, 'singleton_unproven'],
    ['another project in its answer', { projectPath: '/elsewhere' }, 'singleton_unproven'],
    ['no project in its answer', { projectPath: null }, 'singleton_unproven'],
    [
      'an answer as sync',
      { hasProjectPath: false, projectPath: null, protocolVersion: 1 },
      'singleton_unresponsive',
    ],
  ])('a recorded dashboard with %s: leave', (_what, answer, reason) => {
    expect(decide(scanOf([aDashboard(answer)], stateFile(9240, TOKEN, 4001)))).toMatchObject({
      kind: 'leave',
      reason,
    });
  });
  test('an unproven dashboard with an unreadable state file: leave', () => {
    const unproven = aDashboard({ token: null });
    expect(decide(scanOf([unproven], { kind: 'malformed', why: 'x' }))).toMatchObject({
      kind: 'leave',
      reason: 'singleton_unknown',
    });
  });
  test('a failed scan: leave', () => {
    const empty = scanOf([]);
    const world = { ...empty.scan, listeners: err('no /proc') };
    expect(decide({ scan: world, candidates: [] })).toMatchObject({ reason: 'could_not_look' });
  });
});
