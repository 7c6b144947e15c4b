import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SHIPPED_TEXT } from '../builders/policy.js';
import type { Daemon } from '../support/daemons.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

interface Planted {
  readonly name: string;
  readonly command: 'check' | 'prove';
  readonly check: string;
  readonly says: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly repeat?: string;
}

const PLANTED = parse(readFileSync('test/fixtures/policies/planted.yaml', 'utf8')) as readonly Planted[];
const MEGABYTES = 5;

function textOf({ from, to, repeat }: Planted): string {
  const rules = repeat === undefined ? '' : repeat.repeat((MEGABYTES * 1024 * 1024) / repeat.length);
  const text = SHIPPED_TEXT.replace(from, () => to + rules);
  if (text === SHIPPED_TEXT) throw new Error(`nothing was changed: ${from}`);
  return text;
}

describeIf([hasNetworkNamespace, hasPython], 'a bad policy is refused, and no process is touched', () => {
  let world: World;
  let daemons: readonly Daemon[];
  beforeAll(async () => {
    world = await createWorld();
    const live = await world.startDaemon({ port: 9401, version: '3.2.5' });
    world.recordSingleton(live);
    daemons = [
      live,
      await world.startDaemon({ port: 9402, version: '3.2.3' }),
      await world.startDaemon({ port: 9403, version: '3.1.4' }),
    ];
  });
  afterAll(() => world.close());

  test('there are twenty bad policies', () => {
    expect(PLANTED).toHaveLength(20);
  });

  test.each(PLANTED.map((planted) => [planted.name, planted] as const))('%s', async (_name, planted) => {
    const { command, check, says, at } = planted;
    const text = textOf(planted);
    const file = `${world.folder}/policy.yaml`;
    writeFileSync(file, text);
    const judged = await world.run(['policy', command, file, '--json']);
    const { findings = [] } = judged.json() as { findings?: readonly { check: string; line: number }[] };
    const line = text.slice(0, text.indexOf(at.trimStart())).split('\n').length;
    expect({ code: judged.code, findings }).toMatchObject({
      code: 1,
      findings: expect.arrayContaining([
        expect.objectContaining({ check, line, message: expect.stringContaining(says) as unknown }),
      ]),
    });

    // A dead rule does not change any verdict, so a policy with one may be used.
    if (check === 'dead-rule') return;
    const reset = await world.run(['auth', 'doctor', '--reset', '--policy', file]);
    expect(reset.code).toBe(2);
    for (const daemon of daemons) {
      expect([daemon.alive(), daemon.journal().shutdownTokens]).toEqual([true, []]);
    }
  });
});
