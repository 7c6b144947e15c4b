import { describe, expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import type { IdentityRecordFile } from '../../src/model/root.js';
import { ok } from '../../src/model/result.js';
import type { ListenerEvidence } from '../../src/model/scan.js';
import {
  aHealthBody,
  aListener,
  aProcess,
  aRoot,
  aScan,
  markedArgv,
  ownArgv,
  ROOT,
  TOKEN,
} from '../builders/evidence.js';

type Health = Parameters<typeof aHealthBody>[0];

const running = (elements: readonly string[], body: Health = {}): ListenerEvidence =>
  aListener({
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements, exact: true }) }) },
    health: { kind: 'answered', body: aHealthBody(body) },
  });
const judge = (evidence: ListenerEvidence) => identifyListener(evidence, aScan([evidence]));

describe('argv contract (3.2.0-3.2.3)', () => {
  test('port and token of argv decide; the shared owner block that names another daemon does not (FR-003, pitfall 17)', () => {
    const { facts: vector, identity } = judge(running(markedArgv()));
    expect(vector.self_report).toBe('matches');
    expect(vector.owner_record).toBe('not_attributable');
    expect(identity).toMatchObject({
      identitySource: 'argv',
      queueDbPath: null,
      serverUrl: null,
      ownerPresent: true,
    });
  });
  test.each<readonly [string, readonly string[], Health, string]>([
    ['another port in argv', markedArgv(9402), {}, 'mismatch'],
    ['another token in the answer', markedArgv(), { token: 'f'.repeat(32) }, 'mismatch'],
    ['no token in the answer', markedArgv(), { token: null }, 'missing'],
    ['no token in argv', markedArgv(9401, null), {}, 'missing'],
    [
      'no token on either side: two missing tokens are not equal',
      markedArgv(9401, null),
      { token: null },
      'missing',
    ],
    ['an empty token on both sides', markedArgv(9401, ''), { token: '' }, 'missing'],
  ])('%s', (_name, argv, body, expected) => {
    expect(judge(running(argv, body)).facts.self_report).toBe(expected);
  });
});

describe('health contract (3.2.4 and later)', () => {
  const owner = {
    pid: 4001,
    port: 9401,
    packageVersion: '3.2.4',
    queueDbPath: '/q.db',
    authScope: 'a',
    serverUrl: 's',
  };
  const own: Health = { daemonFamily: 'sync', singletonScopeId: ROOT, owner };
  test('everything it says is its own (FR-001)', () => {
    const { facts: vector, identity } = judge(running(markedArgv(), own));
    expect(vector).toMatchObject({ self_report: 'matches', owner_record: 'own' });
    expect(identity).toMatchObject({
      identitySource: 'health',
      queueDbPath: '/q.db',
      authScope: 'a',
      serverUrl: 's',
    });
  });
  test.each<readonly [string, Health, string]>([
    ['another PID', { ...own, owner: { ...owner, pid: 1 } }, 'mismatch'],
    ['another port', { ...own, owner: { ...owner, port: 9402 } }, 'mismatch'],
    ['another scope', { ...own, singletonScopeId: '/other' }, 'mismatch'],
    ['another family', { ...own, daemonFamily: 'dashboard' }, 'mismatch'],
    ['another token', { ...own, token: 'x' }, 'mismatch'],
    ['no owner', { ...own, owner: null }, 'missing'],
    ['an owner without PID', { ...own, owner: { ...owner, pid: null } }, 'missing'],
    ['a family, but no scope', { ...own, singletonScopeId: null }, 'missing'],
    ['a scope, but no family', { ...own, daemonFamily: null }, 'missing'],
    ['no token', { ...own, token: null }, 'missing'],
  ])('%s', (_name, body, expected) => {
    expect(judge(running(markedArgv(), body)).facts.self_report).toBe(expected);
  });
});

describe('record contract (daemons of this program)', () => {
  const record: IdentityRecordFile = {
    id: 'a'.repeat(32),
    pid: 4001,
    incarnation: '1000',
    bootId: 'b',
    machineId: 'm',
    networkNamespace: 'net:[1]',
    address: '127.0.0.1',
    port: 9401,
    root: ROOT,
    packageVersion: '3.3.0',
    queueDbPath: '/own.db',
    authScope: null,
    serverUrl: null,
    expectedProof: 'p'.repeat(64),
  };
  const judgeOwn = (body: Health, changes: Partial<IdentityRecordFile> | null, argv = ownArgv()) => {
    const records = changes ? [{ kind: 'read' as const, file: 'f', record: { ...record, ...changes } }] : [];
    const roots = ok([aRoot({ records })]);
    return judge({ ...running(argv, { token: null, owner: null, ...body }), roots });
  };
  const proof = { proof: record.expectedProof };
  test('matches if the record agrees with the kernel, and the answer proves its secret', () => {
    const { facts: vector, identity } = judgeOwn(proof, {});
    expect(vector.self_report).toBe('matches');
    expect(identity).toMatchObject({ identitySource: 'record', queueDbPath: '/own.db', daemonRoot: ROOT });
  });
  test.each<readonly [string, Health, Partial<IdentityRecordFile> | null, string]>([
    ['no record', proof, null, 'missing'],
    ['a record of another id', proof, { id: 'b'.repeat(32) }, 'missing'],
    ['no proof in the answer', {}, {}, 'missing'],
    ['a wrong proof', { proof: 'q'.repeat(64) }, {}, 'mismatch'],
    ['another PID', proof, { pid: 4002 }, 'mismatch'],
    ['the same PID, started at another time', proof, { incarnation: '999' }, 'mismatch'],
    ['another port', proof, { port: 9402 }, 'mismatch'],
    ['another root', proof, { root: '/other' }, 'mismatch'],
    ['a token instead of a proof', { token: TOKEN }, {}, 'missing'],
  ])('%s', (_name, body, changes, expected) => {
    expect(judgeOwn(body, changes).facts.self_report).toBe(expected);
  });
  test('another port in argv', () => {
    expect(judgeOwn(proof, {}, ownArgv(9402)).facts.self_report).toBe('mismatch');
  });
});

describe('there is no self-report without something to compare', () => {
  const script = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9401, '${TOKEN}')\n`;
  test.each<readonly [string, ListenerEvidence]>([
    ['pre-marker', running(['python3', '-c', script])],
    ['another command line, so the answer is relayed', running(['ssh', '-L', '9401:localhost:9401', 'host'])],
    ['no answer', aListener({ health: { kind: 'silent', why: '' } })],
    ['no process', aListener({ holder: { kind: 'unknown', why: '' } })],
    ['an answer without status', running(markedArgv(), { status: null })],
    ['an answer of a dashboard', running(markedArgv(), { hasProjectPath: true })],
  ])('%s', (_name, evidence) => {
    expect(judge(evidence).facts.self_report).toBe('missing');
  });
  test('what a relay passes on is not reported as its own', () => {
    const { identity } = judge(running(['ssh', '-L', '9401:localhost:9401', 'host']));
    expect(identity).toMatchObject({ daemonFamily: null, packageVersion: null, protocolVersion: null });
  });
});
