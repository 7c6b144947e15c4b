import { describe, expect, test } from '@jest/globals';
import { recentRuns } from '../../src/report/acts.js';

describe('what was done before', () => {
  const act = (port: number, second: number, result = 'http_shutdown') => ({
    at: `2026-11-23T11:5${second >= 60 ? 9 : 8}:${String(second % 60).padStart(2, '0')}.000Z`,
    ...{ asked_by: 'auth doctor --reset', pid: port - 5400, port, rule: null, result },
  });
  const itself = (result: string) => ({ ...act(9401, 2, result), asked_by: 'itself' });
  const shown = (...acts: Parameters<typeof recentRuns>[0]) =>
    recentRuns(acts).map(({ ports, processes, words }) => [ports, processes, words].join('  '));

  test('is one line for equal acts of one run', () => {
    expect(shown(act(9405, 3), act(9402, 2, 'terminate'), act(9404, 2), act(9403, 1))).toEqual([
      '9403-9405  3 processes  retired when asked (auth doctor --reset)',
      '9402  PID 4002  retired by SIGTERM (auth doctor --reset)',
    ]);
  });

  test('is a line of its own for another run, and five lines at most', () => {
    expect(shown(act(9405, 100), act(9404, 1))).toHaveLength(2);
    const results = ['http_shutdown', 'terminate', 'kill', 'already_gone', 'failed: a', 'failed: b'];
    expect(shown(...results.map((result) => act(9401, 1, result)))).toHaveLength(5);
  });

  test('counts a process on several ports once', () => {
    expect(shown(act(9404, 2), { ...act(9403, 2), pid: 4004 })).toEqual([
      '9403-9404  PID 4004  retired when asked (auth doctor --reset)',
    ]);
  });

  test('is one line for one retirement, which the command and the daemon write down', () => {
    expect(shown(itself('retired: asked'), act(9401, 1, 'terminate'))).toEqual([
      '9401  PID 4001  retired by SIGTERM (auth doctor --reset)',
    ]);
  });

  test.each([
    [[itself('retired: asked'), act(9401, 1, 'failed: still_running')]],
    [[itself('retired: superseded'), act(9401, 1)]],
    [[itself('retired: asked'), act(9402, 1)]],
    [[itself('retired: asked'), itself('retired: idle'), act(9401, 1)]],
  ])('keeps what only the daemon says (%#)', (acts) => {
    expect(shown(...acts)).toHaveLength(acts.length);
  });
});
