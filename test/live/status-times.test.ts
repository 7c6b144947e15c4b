import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { QueueRoot } from '../support/queue-files.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const MINUTE_MS = 60_000;
/** Nine hours ahead of UTC, without summer time. */
const TOKYO = { TZ: 'Asia/Tokyo' };

describeIf([hasNetworkNamespace, hasPython], '`sync status` shows times', () => {
  let world: World;
  let root: QueueRoot;
  const now = Date.now();
  const uploadedAt = new Date(now - 3 * MINUTE_MS);
  const queuedAt = new Date(Math.floor(now / 1000) * 1000 - 50 * 60 * MINUTE_MS);

  const writeLastDrain = (at: string): void => {
    const drain = { at, end: 'drained', detail: null, requests: 1, sent: 2, acknowledged: 2, set_aside: 0 };
    mkdirSync(`${world.root}/sync/daemon`, { recursive: true });
    writeFileSync(`${world.root}/sync/daemon/last-drain.json`, JSON.stringify(drain));
  };
  const inTokyo = (time: Date): string => {
    const there = new Date(time.getTime() + 9 * 60 * MINUTE_MS).toISOString();
    return `${there.slice(0, 10)} ${there.slice(11, 16)}`;
  };

  beforeAll(async () => {
    world = await createWorld();
    root = new QueueRoot(world.root);
    root.signIn('https://example.org');
    await root.create();
    await root.sql([
      `INSERT INTO queue (event_id, event_type, data, timestamp) VALUES ('a', 'b', '{}', ${queuedAt.getTime() / 1000})`,
    ]);
    writeLastDrain(uploadedAt.toISOString());
  });
  afterAll(async () => {
    await root.close();
    await world.close();
  });

  test('of the last upload and the oldest event as a person says them, in the zone of the user', async () => {
    const { stdout } = await world.run(['sync', 'status'], { env: TOKYO });
    // After midnight there, the date is shown as well.
    const [date = '', time = ''] = inTokyo(uploadedAt).split(' ');
    expect(stdout).toMatch(
      new RegExp(`^last {4}3 min ago, (?:${date} )?${time}: drained, 2 of 2 events`, 'm'),
    );
    expect(stdout).toContain(`1 event waiting, the oldest from 2 d ago, ${inTokyo(queuedAt)} (`);
  });

  test('in JSON as they were', async () => {
    const { json } = await world.run(['sync', 'status', '--json'], { env: TOKYO });
    expect(json()).toMatchObject({
      queue: { oldest_at: queuedAt.toISOString() },
      last_drain: { at: uploadedAt.toISOString() },
    });
  });

  test('that are none as they are written', async () => {
    writeLastDrain('yesterday');
    const { stdout } = await world.run(['sync', 'status']);
    expect(stdout).toMatch(/^last {4}yesterday: drained/m);
  });
});
