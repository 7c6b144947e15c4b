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
  facts,
  markedArgv,
  stateFile,
} from '../builders/evidence.js';

/** A hold that counts what is sent through it; nothing real is held, so that nothing can be harmed. */
function countingHold(): ProcessHandle & { readonly sent: string[] } {
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
/** On an address where nobody listens: a request goes nowhere. */
const orphan = aListener({ reachedAt: null });
const judged: JudgedCandidate = { ...identifyListener(orphan, facts([orphan])), verdict };

async function retireSeeing(recheck: Revalidation) {
  const hold = countingHold();
  const { context } = facts([orphan]);
  const disposition = await retire(machine, judged, hold, 'reset', context, () => Promise.resolve(recheck));
  return { disposition, sent: hold.sent };
}

const anew = (evidence: ListenerEvidence, world = facts([evidence])): Revalidation => ({
  kind: 'present',
  candidate: identifyListener(evidence, world),
  samples: null,
});
const running = (elements: readonly string[]): ListenerEvidence =>
  aListener({
    reachedAt: null,
    holder: { kind: 'known', process: aProcess({ argv: ok({ elements, exact: true }) }) },
  });

test.each<readonly [string, Revalidation]>([
  ['it no longer holds its socket', { kind: 'changed', detail: 'it no longer holds the socket' }],
  ['another command line of production shape', anew(running(markedArgv(9401, 'f'.repeat(32))))],
  ['its answer is another', anew(aListener({ reachedAt: null, health: { kind: 'foreign', why: 'x' } }))],
  [
    'it may be recorded now',
    anew(orphan, { ...facts([orphan]), root: aRoot({ stateFile: stateFile(9401, null, 77) }) }),
  ],
])('before each step it is looked at again: %s, and nothing is sent (pitfall 6)', async (_what, recheck) => {
  const { disposition, sent } = await retireSeeing(recheck);
  expect({ disposition, sent }).toMatchObject({
    disposition: { reason: expect.stringMatching(/^(?:changed_since_judged|singleton_unknown)$/) },
    sent: [],
  });
});

test('whether another root records it must be as it was', async () => {
  const seen = anew(orphan);
  if (seen.kind !== 'present') throw new Error(seen.kind);
  const unknown = { kind: 'unknown', root: null, detail: 'x' } as const;
  const hold = countingHold();
  const disposition = await retire(
    machine,
    { ...judged, recordedIn: unknown },
    hold,
    'reset',
    facts([orphan]).context,
    () => Promise.resolve(seen),
  );
  expect({ disposition, sent: hold.sent }).toMatchObject({
    disposition: { reason: 'changed_since_judged', detail: expect.stringContaining('another root') },
    sent: [],
  });
});

test('the live daemon that it has become meanwhile is skipped', async () => {
  const { pid } = aProcess();
  const recorded = { ...facts([orphan]), root: aRoot({ stateFile: stateFile(9401, 'token', pid) }) };
  const { disposition, sent } = await retireSeeing(anew(orphan, recorded));
  expect([disposition, sent]).toMatchObject([{ bucket: 'skipped', reason: 'recorded_singleton' }, []]);
});

test('where nothing differs, it goes on', async () => {
  const same = anew(aListener({ reachedAt: null, health: { kind: 'answered', body: aHealthBody() } }));
  // What it watches for is not there, as if it had left.
  expect((await retireSeeing(same)).disposition).toEqual({ bucket: 'swept', path: 'terminate' });
});
