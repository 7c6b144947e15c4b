import { describe, expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import { ok } from '../../src/model/result.js';
import type { HealthBody, ListenerEvidence } from '../../src/model/scan.js';
import {
  aHealthBody,
  aListener,
  aProcess,
  aScan,
  debuggedArgv,
  markedArgv,
  ownArgv,
  ROOT,
} from '../builders/evidence.js';

const OWNER = {
  pid: 4001,
  port: 9401,
  packageVersion: '3.2.4',
  queueDbPath: null,
  authScope: null,
  serverUrl: null,
};
/** The answer of a daemon of 3.2.4 or later that names PID, port and root of the process in the builders. */
const NAMES_ITSELF: Partial<HealthBody> = { daemonFamily: 'sync', singletonScopeId: ROOT, owner: OWNER };

const running = (elements: readonly string[], body: Partial<HealthBody>, exact = true): ListenerEvidence =>
  aListener({
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements, exact }) }) },
    health: { kind: 'answered', body: aHealthBody(body) },
  });
const judge = (evidence: ListenerEvidence) => identifyListener(evidence, aScan([evidence]));
const shapeOf = (elements: readonly string[], body: Partial<HealthBody>, exact = true): string =>
  judge(running(elements, body, exact)).facts.spawn_shape;

describe('a process with a command line of no release, whose answer names this process, is unfamiliar', () => {
  const [program = '', ...rest] = markedArgv();
  test.each<readonly [string, readonly string[], string]>([
    [
      'two arguments of a debugger',
      debuggedArgv(),
      'arguments 1 and 2 of its command line are of no release',
    ],
    [
      'a launcher before it',
      ['/opt/launch', ...markedArgv()],
      'argument 0 (0 is the program) of its command line is of no release',
    ],
    ['an argument after it', [...markedArgv(), '--x'], 'argument 5 of its command line is of no release'],
    [
      'many arguments',
      [program, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', ...rest],
      'arguments 1 and 7 more of its command line are of no release',
    ],
    [
      'an argument less',
      markedArgv().slice(0, 4),
      'its arguments are not in the number and order of any release',
    ],
    [
      'another order',
      [...markedArgv().slice(0, 3), ...markedArgv().slice(3).reverse()],
      'its arguments are not in the number and order of any release',
    ],
    [
      'another script',
      markedArgv().with(2, 'import daemon'),
      'argument 2 of its command line is of no release',
    ],
  ])('%s', (_name, argv, unusual) => {
    const { facts, proofs, identity } = judge(running(argv, NAMES_ITSELF));
    expect(facts).toMatchObject({ spawn_shape: 'unfamiliar', root_marker: 'absent', self_report: 'missing' });
    expect(proofs.find(({ fact }) => fact === 'spawn_shape')?.detail).toBe(
      `its answer names this process, but ${unusual}`,
    );
    expect(identity).toMatchObject({
      daemonFamily: 'sync',
      packageVersion: '3.2.3',
      daemonRoot: ROOT,
      identitySource: 'none',
    });
  });

  test('of 3.2.0 to 3.2.3, by port and token: its owner block names another daemon (pitfall 17)', () => {
    expect(shapeOf(debuggedArgv(), {})).toBe('unfamiliar');
    expect(shapeOf(debuggedArgv(), { owner: { ...OWNER, pid: 77, port: 9402 } })).toBe('unfamiliar');
  });
});

describe('with anything missing or different it is not', () => {
  test.each<readonly [string, readonly string[], Partial<HealthBody>]>([
    ['a port forward', ['ssh', '-L', '9401:localhost:9401', 'host'], NAMES_ITSELF],
    ['another PID', debuggedArgv(), { ...NAMES_ITSELF, owner: { ...OWNER, pid: 4002 } }],
    ['another port', debuggedArgv(), { ...NAMES_ITSELF, owner: { ...OWNER, port: 9402 } }],
    ['no PID', debuggedArgv(), { ...NAMES_ITSELF, owner: { ...OWNER, pid: null } }],
    ['no owner', debuggedArgv(), { ...NAMES_ITSELF, owner: null }],
    ['another family', debuggedArgv(), { ...NAMES_ITSELF, daemonFamily: 'dashboard' }],
    ['no family', debuggedArgv(), { ...NAMES_ITSELF, daemonFamily: null }],
    ['no root in the answer', debuggedArgv(), { ...NAMES_ITSELF, singletonScopeId: null }],
    ['another root in the answer', debuggedArgv(), { ...NAMES_ITSELF, singletonScopeId: '/other' }],
    ['an empty root', debuggedArgv(9401, null, ''), { ...NAMES_ITSELF, singletonScopeId: '' }],
    ['3.2.3 with another token', debuggedArgv(), { token: 'f'.repeat(32) }],
    ['3.2.3 without a token on either side', debuggedArgv(9401, null), { token: null }],
    ['3.2.3 with an empty token on both sides', debuggedArgv(9401, ''), { token: '' }],
    ['3.2.3 with another port', debuggedArgv(9402), {}],
    ['3.2.3 without a root', debuggedArgv().toSpliced(5, 1), {}],
    ['an answer that is not that of a sync daemon', debuggedArgv(), { ...NAMES_ITSELF, status: null }],
    [
      'a daemon of this project, whose answer has no PID',
      ownArgv().toSpliced(1, 0, '--inspect'),
      { ...NAMES_ITSELF, owner: null, token: null },
    ],
  ])('%s', (_name, argv, body) => {
    const { facts, identity } = judge(running(argv, body));
    expect(facts.spawn_shape).toBe('other');
    expect(identity.packageVersion).toBeNull();
  });

  test('arguments whose boundaries are lost', () => {
    expect(shapeOf(debuggedArgv(), NAMES_ITSELF, false)).toBe('unreadable');
  });
  test('the command line of a release', () => {
    expect(shapeOf(markedArgv(), NAMES_ITSELF)).toBe('production');
  });
  test('a sync answer on a dashboard port', () => {
    const evidence = running(debuggedArgv(), NAMES_ITSELF);
    const scan = { ...aScan([evidence]), family: 'dashboard' } as const;
    expect(identifyListener(evidence, scan).facts.spawn_shape).toBe('other');
  });
});
