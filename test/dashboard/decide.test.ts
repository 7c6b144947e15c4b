import { describe, expect, test } from '@jest/globals';
import { decide } from '../../src/dashboard/ensure.js';
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
    socket: { address: '127.0.0.1', port: 9240, inode: 42, uid: 1000 },
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements: dashboardArgv(), exact: true }) }) },
    health: { kind: 'answered', body: aHealthBody(answer) },
    roots: ok([aRoot({ path: PROJECT, directory: HERE })]),
  });
}

function look(listeners: readonly ListenerEvidence[], file: StateFile = { kind: 'absent' }) {
  const world: Scan = {
    ...aScan(listeners),
    family: 'dashboard',
    root: aRoot({ path: PROJECT, directory: HERE, stateFile: file }),
  };
  return { scan: world, candidates: identify(world) };
}

describe('what a start is to do', () => {
  test('with nobody there: start', () => {
    expect(decide(look([]))).toEqual({ kind: 'start' });
  });
  test('with the recorded one, proven: use it', () => {
    expect(decide(look([aDashboard()], stateFile(9240, TOKEN, 4001)))).toMatchObject({ kind: 'reuse' });
  });
  test('with one that the project does not record: start, and it is what was left over', () => {
    const seen = look([aDashboard()]);
    expect(decide(seen)).toEqual({ kind: 'start' });
    expect(seen.candidates[0]?.facts).toMatchObject({ self_report: 'matches', recorded_singleton: 'no' });
  });
  test('with one of which nobody can tell whether it is recorded, but that proves itself: use it', () => {
    expect(decide(look([aDashboard()], { kind: 'malformed', why: 'x' }))).toMatchObject({ kind: 'reuse' });
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
  ])('with the recorded one and %s: nothing', (_what, answer, reason) => {
    expect(decide(look([aDashboard(answer)], stateFile(9240, TOKEN, 4001)))).toMatchObject({
      kind: 'leave',
      reason,
    });
  });
  test('with one that proves nothing while nobody can tell who is recorded: nothing', () => {
    const unproven = aDashboard({ token: null });
    expect(decide(look([unproven], { kind: 'malformed', why: 'x' }))).toMatchObject({
      kind: 'leave',
      reason: 'singleton_unknown',
    });
  });
  test('where nobody could look: nothing', () => {
    const blind = look([]);
    const world = { ...blind.scan, listeners: err('no /proc') };
    expect(decide({ scan: world, candidates: [] })).toMatchObject({ reason: 'could_not_look' });
  });
});
