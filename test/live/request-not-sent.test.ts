import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { JournalLine } from '../../src/model/journal.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { until } from '../support/until.js';
import { createWorld } from '../support/world.js';

const DELAY_CONNECTION = new URL('../support/delay-connection.mjs', import.meta.url).href;

describeIf(
  [hasNetworkNamespace, hasPython],
  'a daemon that exits before its shutdown request is sent',
  () => {
    test('is reported as `already_gone`, in the report and in the journal', async () => {
      const world = await createWorld();
      try {
        const daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
        const journal = `${world.root}/sync/daemon/journal.jsonl`;
        const [shown, released] = [`${world.folder}/held-back`, `${world.folder}/released`];
        const reset = doctor(world, ['--reset'], {
          env: {
            NODE_OPTIONS: `--import=${DELAY_CONNECTION}`,
            // The intent is written before revalidation, so only the shutdown request follows.
            DELAY_CONNECTION_AFTER: journal,
            DELAY_CONNECTION_SHOWN: shown,
            DELAY_CONNECTION_UNTIL: released,
          },
        });
        await until(() => existsSync(shown));
        daemon.signal('SIGKILL');
        await daemon.exited;
        writeFileSync(released, '');

        const { report, code } = await reset;
        expect(report.swept).toMatchObject([{ pid: daemon.pid, cleanup_path: 'already_gone' }]);
        expect([code, daemon.journal().shutdownTokens]).toEqual([0, []]);
        const lines = readFileSync(journal, 'utf8').trim().split('\n');
        expect(lines.map((line) => JSON.parse(line) as JournalLine)).toMatchObject([
          { event: 'intent' },
          { event: 'outcome', result: 'already_gone' },
        ]);
      } finally {
        await world.close();
      }
    });
  },
);
