import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import type { Journal } from '../../src/enforcement/journal.js';
import type { Revalidate } from '../../src/enforcement/retire.js';
import { sweep } from '../../src/enforcement/sweep.js';
import { identifyListener } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import type { ProcessHandle } from '../../src/machine/linux/pidfd.js';
import { aListener, aProcess, aScan } from '../builders/evidence.js';

const ANOTHER_PROCESS = aProcess({ pid: 5151 });

test('a process that is left alone for one port is left alone for its others, and another process is not affected', async () => {
  const targets = [
    judged({ port: 9401, id: '1' }),
    judged({ port: 9402, id: '2' }),
    judged({ port: 9403, id: '3' }, ANOTHER_PROCESS),
  ];
  const revalidated: number[] = [];
  const revalidate: Revalidate = ({ identity }) => {
    revalidated.push(identity.port);
    return Promise.resolve({ kind: 'changed', detail: `seen on ${identity.port}` });
  };
  const result = await sweep(
    machine,
    { entrypoint: 'reset', targets, skipped: [], refused: [] },
    targets.map((candidate) => ({ candidate, handle: NO_HANDLE })),
    { context: aScan([]).context, revalidate, journal: NO_JOURNAL, onProgress: () => undefined },
  );
  expect(revalidated).toEqual([9401, 9403]);
  expect(result.map(({ outcome }) => outcome)).toMatchObject([
    { bucket: 'failed', detail: 'seen on 9401' },
    { bucket: 'failed', detail: 'seen on 9401' },
    { bucket: 'failed', detail: 'seen on 9403' },
  ]);
});

/** Stands for no process, so no process can be harmed. */
const NO_HANDLE: ProcessHandle = { signal: null, close: () => undefined };
const NO_JOURNAL: Journal = { intend: () => null, conclude: () => null };

function judged(socket: { port: number; id: string }, process = aProcess()): JudgedCandidate {
  const listener = aListener();
  const evidence = {
    ...listener,
    socket: { ...listener.socket, ...socket },
    holder: { kind: 'known', process } as const,
  };
  const verdict = { cleanupClass: 'safe_auto', reason: null, rule: 'r', trace: [] } as const;
  return { ...identifyListener(evidence, aScan([evidence])), verdict };
}
