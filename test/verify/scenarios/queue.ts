import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ENVIRONMENT, events, QueueRoot } from '../../support/queue-files.js';
import { until } from '../../support/until.js';
import type { Scenario } from '../play.js';

const PORT = 9600;

/** Daemons of ours drain the queue of a root to a server on the loopback address, which answers so. */
function drains(name: string, reply: string, count: number, uploads: number): Scenario {
  return {
    name: `a queue of ${count}: ${name}`,
    bothWays: true,
    play: async (stage) => {
      const { world } = stage;
      const root = new QueueRoot(world.root);
      try {
        root.signIn(`http://127.0.0.1:${PORT}`);
        await root.create(events(count));
        writeFileSync(`${world.folder}/reply`, reply);
        stage.known('server', await world.startUploadServer(PORT));
        await stage.run(['sync', 'status', '--json']);
        await stage.run(['sync', 'now', '--json'], { asDaemon: true, env: ENVIRONMENT });
        await until(() => linesOf(`${world.folder}/uploads`) >= uploads, 20_000);
        await stage.drained();
        await stage.run(['sync', 'status', '--json'], { env: ENVIRONMENT });
        await stage.run(['sync', 'status'], { env: ENVIRONMENT });
        await stage.run(['sync', 'stop', '--json']);
        stage.note('waiting', await root.waiting());
      } finally {
        await root.close();
      }
    },
  };
}

function linesOf(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

export const QUEUES: readonly Scenario[] = [
  drains('all are acknowledged', 'success', 12, 1),
  drains('in two batches', 'success', 1200, 2),
  drains('the server refuses who is signed in', '401', 3, 1),
  drains('the server has trouble', '503', 3, 1),
  drains('the server refuses the events', '400', 3, 1),
];
