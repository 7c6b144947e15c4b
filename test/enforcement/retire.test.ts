import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { type Revalidation, retire } from '../../src/enforcement/retire.js';
import { identifyListener } from '../../src/identity/identify.js';
import type { JudgedCandidate } from '../../src/model/candidate.js';
import { ok } from '../../src/model/result.js';
import type { ListenerEvidence } from '../../src/model/scan.js';
import type { ProcessHandle } from '../../src/machine/linux/pidfd.js';
import {
  aHealthBody,
  aListener,
  aProcess,
  aRoot,
  aScan,
  markedArgv,
  stateFile,
} from '../builders/evidence.js';

/** A handle that records the signals sent through it. It stands for no process, so no process can be harmed. */
function recordingHandle(): ProcessHandle & { readonly sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    signal: (name) => {
      sent.push(name);
      return { kind: 'sent' };
    },
    close: () => undefined,
  };
}

const verdict = { cleanupClass: 'safe_auto', reason: null, rule: 'r', trace: [] } as const;
/** No address reaches it, so no request is sent. */
const orphan = aListener({ reachedAt: null });
const judged: JudgedCandidate = { ...identifyListener(orphan, aScan([orphan])), verdict };

async function retireWith(revalidation: Revalidation) {
  const handle = recordingHandle();
  const { context } = aScan([orphan]);
  const outcome = await retire(machine, judged, handle, 'reset', context, () =>
    Promise.resolve(revalidation),
  );
  return { outcome, sent: handle.sent };
}

const identifiedAgain = (evidence: ListenerEvidence, scan = aScan([evidence])): Revalidation => ({
  kind: 'present',
  candidate: identifyListener(evidence, scan),
  samples: null,
});
const running = (elements: readonly string[]): ListenerEvidence =>
  aListener({
    reachedAt: null,
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements, exact: true }) }) },
  });

test.each<readonly [string, Revalidation]>([
  ['it no longer owns its socket', { kind: 'changed', detail: 'it no longer owns the socket' }],
  ['another command line of production shape', identifiedAgain(running(markedArgv(9401, 'f'.repeat(32))))],
  [
    'its answer has changed',
    identifiedAgain(aListener({ reachedAt: null, health: { kind: 'foreign', why: 'x' } })),
  ],
  [
    'the state file may name it now',
    identifiedAgain(orphan, { ...aScan([orphan]), root: aRoot({ stateFile: stateFile(9401, null, 77) }) }),
  ],
])('revalidates before each step: %s, and nothing is sent (pitfall 6)', async (_what, revalidation) => {
  const { outcome, sent } = await retireWith(revalidation);
  expect({ outcome, sent }).toMatchObject({
    outcome: { reason: expect.stringMatching(/^(?:changed_since_judged|singleton_unknown)$/) },
    sent: [],
  });
});

test('where no signal is race-free, a daemon that does not end when it is asked is never signalled', async () => {
  const { platform } = machine.observer;
  const capabilities = { ...platform.capabilities, signals_race_free: false };
  const handle = recordingHandle();
  const outcome = await retire(
    { ...machine, observer: { ...machine.observer, platform: { ...platform, capabilities } } },
    judged,
    handle,
    'reset',
    aScan([orphan]).context,
    () => Promise.resolve(identifiedAgain(orphan)),
  );
  expect({ outcome, sent: handle.sent }).toMatchObject({ outcome: { reason: 'cannot_hold' }, sent: [] });
});

test('whether another root records it must not have changed', async () => {
  const seen = identifiedAgain(orphan);
  if (seen.kind !== 'present') throw new Error(seen.kind);
  const unknown = { kind: 'unknown', root: null, detail: 'x' } as const;
  const handle = recordingHandle();
  const outcome = await retire(
    machine,
    { ...judged, recordedIn: unknown },
    handle,
    'reset',
    aScan([orphan]).context,
    () => Promise.resolve(seen),
  );
  expect({ outcome, sent: handle.sent }).toMatchObject({
    outcome: { reason: 'changed_since_judged', detail: expect.stringContaining('another root') },
    sent: [],
  });
});

test('a candidate that has become the live daemon is skipped', async () => {
  const { pid } = aProcess();
  const recorded = { ...aScan([orphan]), root: aRoot({ stateFile: stateFile(9401, 'token', pid) }) };
  const { outcome, sent } = await retireWith(identifiedAgain(orphan, recorded));
  expect([outcome, sent]).toMatchObject([{ bucket: 'skipped', reason: 'recorded_singleton' }, []]);
});

test('acts if nothing has changed', async () => {
  const same = identifiedAgain(
    aListener({ reachedAt: null, health: { kind: 'answered', body: aHealthBody() } }),
  );
  // No process has its PID, as if it had exited.
  expect((await retireWith(same)).outcome).toEqual({ bucket: 'swept', path: 'terminate' });
});

test('a socket that still accepts connections is not released, although the list lacks its row', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const left = aListener({ socket: { ...orphan.socket, port } });
  // A list without the row, as another user can make it: a real list has the row nearly always.
  const sockets = { ...machine.observer.sockets, listening: () => Promise.resolve(ok([])) };
  const outcome = await retire(
    { ...machine, observer: { ...machine.observer, sockets } },
    { ...identifyListener(left, aScan([left])), verdict },
    recordingHandle(),
    'reset',
    aScan([left]).context,
    () => Promise.resolve({ kind: 'gone' }),
  );
  server.close();
  expect(outcome).toMatchObject({ bucket: 'failed', reason: 'socket_still_held' });
});
