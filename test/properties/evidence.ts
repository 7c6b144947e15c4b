import fc from 'fast-check';
import type { DirectoryResult, ProcessEvidence } from '../../src/model/evidence.js';
import type { StateFile } from '../../src/model/root.js';
import type { HealthAnswer, HealthBody } from '../../src/model/scan.js';
import { ok, type Result, err } from '../../src/model/result.js';
import type { SocketOwner, ListenerEvidence, RootEvidence } from '../../src/model/scan.js';
import {
  aDirectory,
  aHealthBody,
  aListener,
  aProcess,
  aRecord,
  aRoot,
  debuggedArgv,
  markedArgv,
  ownArgv,
  PRIVATE,
  ROOT,
  stateFile,
  TOKEN,
} from '../builders/evidence.js';

/**
 * Random evidence. Each field usually has the value of an ordinary orphan, so that proven cases are common, and sometimes
 * one that is missing, contradictory or false.
 */
const usually = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, fc.constantFrom(...others));

const PROOF = 'p'.repeat(64);
const OWN_ID = 'a'.repeat(32);

const argv = fc.oneof(
  { weight: 12, arbitrary: fc.constant(ok({ elements: markedArgv(), exact: true })) },
  { weight: 4, arbitrary: fc.constant(ok({ elements: ownArgv(), exact: true })) },
  fc.constantFrom(
    ok({ elements: markedArgv(9402), exact: true }),
    ok({ elements: markedArgv(9401, null), exact: true }),
    ok({ elements: markedArgv(9401, TOKEN, '/other'), exact: true }),
    ok({ elements: markedArgv(), exact: false }),
    ok({ elements: debuggedArgv(), exact: true }),
    ok({ elements: markedArgv().slice(0, 3), exact: true }),
    ok({ elements: ['/usr/bin/vim', 'run_sync_daemon'], exact: true }),
    err('EACCES'),
  ),
);

const process: fc.Arbitrary<ProcessEvidence> = fc
  .record({
    argv,
    uid: usually(1000, 0),
    incarnation: usually('1000', '2000'),
    sharesOurPids: usually<Result<boolean>>(ok(true), ok(false), err('EACCES')),
    sharesOurFiles: usually<Result<boolean>>(ok(true), ok(false), err('EACCES')),
    pid: usually(4001, 1, 900),
  })
  .map(aProcess);

const holder: fc.Arbitrary<SocketOwner> = fc.oneof(
  { weight: 12, arbitrary: process.map((known): SocketOwner => ({ kind: 'known', process: known })) },
  // A described process never has exact arguments.
  process.map(({ argv, ...rest }): SocketOwner => {
    const flattened = argv.ok ? ok({ ...argv.value, exact: false }) : argv;
    return { kind: 'described', process: { ...rest, argv: flattened }, why: 'flattened' };
  }),
  fc.constant<SocketOwner>({ kind: 'ambiguous', why: 'two', pids: [4001, 4002] }),
  fc.constant<SocketOwner>({ kind: 'unknown', why: 'not seen' }),
);

const body: fc.Arbitrary<HealthBody> = fc
  .record({
    token: usually<string | null>(TOKEN, null, 'another'),
    proof: fc.constantFrom(PROOF, null, 'another'),
    status: usually<string | null>('ok', null),
    protocolVersion: usually<number | null>(1, null),
    packageVersion: fc.constantFrom('3.2.3', '3.3.0', '9.9.9', 'x', null),
    daemonFamily: usually<string | null>(null, 'sync', 'dashboard'),
    singletonScopeId: usually<string | null>(null, ROOT, '/other'),
    hasProjectPath: usually(false, true),
    sync: usually<HealthBody['sync']>({ running: false }, { running: true }, null),
  })
  .map(aHealthBody);

const health: fc.Arbitrary<HealthAnswer> = fc.oneof(
  { weight: 12, arbitrary: body.map((answer): HealthAnswer => ({ kind: 'answered', body: answer })) },
  fc.constantFrom<HealthAnswer>(
    { kind: 'silent', why: 'late' },
    { kind: 'foreign', why: 'HTTP status 404' },
    { kind: 'not_asked', why: 'no address' },
  ),
);

const record = aRecord({ id: OWN_ID, pid: 4001, incarnation: '1000', port: 9401, expectedProof: PROOF });

const records = fc.constantFrom<RootEvidence['records']>(
  [],
  [{ kind: 'read', file: 'r', record }],
  [{ kind: 'read', file: 'r', record: { ...record, machineId: 'another', bootId: null } }],
  [{ kind: 'unusable', file: 'r', why: 'others may read it' }],
);

const stateFileOf: fc.Arbitrary<StateFile> = fc.oneof(
  { weight: 10, arbitrary: fc.constant<StateFile>({ kind: 'absent' }) },
  fc.constantFrom<StateFile>(
    { kind: 'unreadable', why: 'EACCES' },
    { kind: 'malformed', why: 'garbage' },
    stateFile(9401, TOKEN, 4001),
    stateFile(9401, OWN_ID, null),
    stateFile(9440, 'another', 5000),
    stateFile(9440, null, 4001),
    stateFile(9401, 'another', 5000),
  ),
);

const directory = usually<DirectoryResult>(
  aDirectory('42'),
  aDirectory('43'),
  aDirectory('42', '1', { ...PRIVATE, mode: 0o777 }),
  { kind: 'missing' },
  { kind: 'unreadable', why: 'EACCES' },
);

/** A runtime root: ours, or the one in a candidate's argv. */
export const someRoot: fc.Arbitrary<RootEvidence> = fc
  .record({ directory, records, stateFile: stateFileOf })
  .map(aRoot);

/** A listener of any kind. Its port is in the sync range, at its limits, or outside. */
export const someListener: fc.Arbitrary<ListenerEvidence> = fc
  .record({
    holder,
    health,
    roots: fc.oneof({ weight: 8, arbitrary: someRoot.map((root) => ok([root])) }, fc.constant(err('EACCES'))),
    socket: fc.record({
      address: fc.constantFrom('127.0.0.1', '::1'),
      port: usually(9401, 9400, 9449, 9399, 9450, 9237),
      id: usually<string | null>('555', null),
      uid: usually<number | null>(1000, 0, null),
    }),
  })
  .map(aListener);
