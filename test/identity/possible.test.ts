import { expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import type { StateFile } from '../../src/model/root.js';
import type { HealthAnswer } from '../../src/model/scan.js';
import { FACT_NAMES, VOCABULARY } from '../../src/model/policy-facts.js';
import { whyImpossible } from '../../src/policy/vocabulary.js';
import { ok, err } from '../../src/model/result.js';
import type { SocketOwner, ListenerEvidence, RootEvidence } from '../../src/model/scan.js';
import {
  aDirectory,
  aHealthBody,
  aListener,
  aProcess,
  aRoot,
  aScan,
  debuggedArgv,
  FLATTENED_SOCKET,
  markedArgv,
  ownArgv,
  stateFile,
  TOKEN,
} from '../builders/evidence.js';

const known = (elements: readonly string[], exact = true): SocketOwner => ({
  kind: 'known',
  process: aProcess({ argv: ok({ elements, exact }) }),
});
const preMarker = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9401, '${TOKEN}')\n`;
const own = {
  pid: 4001,
  port: 9401,
  packageVersion: 'x',
  queueDbPath: null,
  authScope: null,
  serverUrl: null,
};

const holders: readonly SocketOwner[] = [
  known(markedArgv()),
  known(markedArgv(9402)),
  known(markedArgv(9401, null)),
  known(markedArgv(), false),
  known(debuggedArgv()),
  known(ownArgv()),
  known(['python3', '-c', preMarker]),
  known(['vim']),
  { kind: 'known', process: aProcess({ argv: err('EACCES'), uid: 0 }) },
  {
    kind: 'described',
    process: aProcess({ argv: ok({ elements: ['x'], exact: false }) }),
    why: 'flattened',
  },
  { kind: 'described', process: aProcess({ argv: err('no ps') }), why: 'flattened' },
  { kind: 'ambiguous', why: 'two', pids: [1, 2] },
  { kind: 'unknown', why: 'none' },
];
const answers: readonly HealthAnswer[] = [
  { kind: 'answered', body: aHealthBody() },
  { kind: 'answered', body: aHealthBody({ token: null }) },
  {
    kind: 'answered',
    body: aHealthBody({ daemonFamily: 'sync', singletonScopeId: '/home/me/.spec-kitty', owner: own }),
  },
  { kind: 'answered', body: aHealthBody({ hasProjectPath: true }) },
  { kind: 'answered', body: aHealthBody({ status: 'no', packageVersion: '\u001b' }) },
  { kind: 'foreign', why: 'x' },
  { kind: 'silent', why: 'x' },
  { kind: 'not_asked', why: 'x' },
];
const roots: readonly ListenerEvidence['roots'][] = [
  err('EACCES'),
  ok([]),
  ok([aRoot()]),
  ok([aRoot({ directory: { kind: 'missing' } })]),
  ok([aRoot({ directory: { kind: 'unreadable', why: 'x' }, ownerRecord: { kind: 'unreadable', why: 'x' } })]),
  ok([aRoot({ directory: aDirectory('7') })]),
];
const stateFiles: readonly StateFile[] = [
  { kind: 'absent' },
  { kind: 'malformed', why: 'x' },
  stateFile(9401, TOKEN, 4001),
  stateFile(9402, null, 4001),
  stateFile(9402, 'f', null),
  stateFile(9402, 'f', 77),
];

test('identity is total: every fact has a value, and every state is declared possible (pitfall 24)', () => {
  let combinations = 0;
  for (const holder of holders)
    for (const health of answers)
      for (const candidateRoots of roots)
        for (const file of stateFiles) {
          const socket = holder.kind === 'described' ? { socket: FLATTENED_SOCKET } : {};
          const evidence = aListener({ holder, health, roots: candidateRoots, ...socket });
          const ours: Partial<RootEvidence> = { stateFile: file };
          const { facts: vector, proofs } = identifyListener(evidence, aScan([evidence], ours));
          expect({ vector, impossible: whyImpossible(vector) }).toEqual({ vector, impossible: null });
          expect(
            FACT_NAMES.filter((fact) => !VOCABULARY[fact].some((value) => value === vector[fact])),
          ).toEqual([]);
          expect(proofs.map(({ fact }) => fact)).toEqual(FACT_NAMES);
          // Unknown evidence never becomes a match.
          if (vector.self_report === 'matches')
            expect(vector).toMatchObject({ listener_pid: 'known', responder: 'sync' });
          combinations += 1;
        }
  expect(combinations).toBe(holders.length * answers.length * roots.length * stateFiles.length);
});
