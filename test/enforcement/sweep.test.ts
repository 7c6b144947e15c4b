import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import type { Journal } from '../../src/enforcement/journal.js';
import type { Revalidate } from '../../src/enforcement/retire.js';
import { sweep } from '../../src/enforcement/sweep.js';
import { identifyListener } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import type { ProcessHandle } from '../../src/machine/linux/pidfd.js';
import { aListener, aProcess, facts } from '../builders/evidence.js';

const ANOTHER_PROCESS = aProcess({ pid: 5151 });

test('a process that was spared for one port is left alone for its next, and another one is looked at', async () => {
  const targets = [
    judged({ port: 9401, inode: 1 }),
    judged({ port: 9402, inode: 2 }),
    judged({ port: 9403, inode: 3 }, ANOTHER_PROCESS),
  ];
  const lookedAt: number[] = [];
  const revalidate: Revalidate = ({ identity }) => {
    lookedAt.push(identity.port);
    return Promise.resolve({ kind: 'changed', detail: `seen on ${identity.port}` });
  };
  const ledger = await sweep(
    machine,
    { entrypoint: 'reset', targets, skipped: [], refused: [] },
    targets.map((candidate) => ({ candidate, handle: NO_HOLD })),
    { context: facts([]).context, revalidate, journal: NO_JOURNAL, onProgress: () => undefined },
  );
  expect(lookedAt).toEqual([9401, 9403]);
  expect(ledger.map(({ outcome }) => outcome)).toMatchObject([
    { bucket: 'failed', detail: 'seen on 9401' },
    { bucket: 'failed', detail: 'seen on 9401' },
    { bucket: 'failed', detail: 'seen on 9403' },
  ]);
});

/** Nothing real is held, so that nothing can be harmed. */
const NO_HOLD: ProcessHandle = { signal: null, close: () => undefined };
const NO_JOURNAL: Journal = { intend: () => null, conclude: () => null };

function judged(socket: { port: number; inode: number }, process = aProcess()): JudgedCandidate {
  const listener = aListener();
  const evidence = {
    ...listener,
    socket: { ...listener.socket, ...socket },
    holder: { kind: 'known', process } as const,
  };
  const verdict = { cleanupClass: 'safe_auto', reason: null, rule: 'r', trace: [] } as const;
  return { ...identifyListener(evidence, facts([evidence])), verdict };
}
