import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { queueState } from '../../src/sync/status.js';
import { counts, drainOf } from '../support/draining.js';
import { event, events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';
import { type Reply, results, sendJson, tooLarge } from '../support/upload-server.js';

describeIf([hasPython], 'events that are too large or can never be sent do not block the queue', () => {
  const queue = useQueue();

  test.each<readonly [string, (isTooLarge: (count: number) => boolean) => Reply]>([
    [
      '413',
      (isTooLarge) =>
        tooLarge(
          ({ events: { length } }) => isTooLarge(length),
          results(() => 'success'),
        ),
    ],
    [
      '400 that says so',
      (isTooLarge) => (upload, response) => {
        if (!isTooLarge(upload.events.length)) results(() => 'success')(upload, response);
        else sendJson(response, 400, { error_code: 'SYNC_BATCH_TOO_LARGE' });
      },
    ],
  ])('a batch that the server calls too large (%s) is halved until it fits', async (_name, reply) => {
    const { root, server } = queue;
    await root.create(events(1000));
    server.reply = reply((count) => count > 300);
    const outcome = await drainOf(root);
    expect(outcome).toMatchObject({ end: { kind: 'drained' }, counts: { acknowledged: 1000, retried: 0 } });
    expect(server.batches.slice(0, 3).map(({ length }) => length)).toEqual([1000, 500, 250]);
    expect(await root.waiting()).toEqual([]);
  });

  test('an event that is too large on its own is set aside, and not sent again until it changes', async () => {
    const { root, server } = queue;
    await root.create(events(100));
    const reply = tooLarge(
      ({ events: sent }) =>
        sent.some(({ event_id: id, payload }) => id === 'event-42' && payload !== 'short'),
      results(() => 'success'),
    );
    server.reply = reply;
    const first = await drainOf(root);
    expect(first).toMatchObject({
      end: { kind: 'drained' },
      counts: { acknowledged: 99, retried: 0, setAside: { too_large: 1 } },
      setAsideUnwritten: null,
    });
    expect(await root.waitingIds()).toEqual(['event-42']);
    expect(await queueState(machine, root.path, root.queuePath)).toEqual({
      kind: 'read',
      pending: 1,
      oldestTimestamp: 1_700_000_042,
      setAside: { too_large: 1, malformed: 0, other_team: 0 },
    });

    server.uploads.length = 0;
    await root.append([event(200)]);
    expect((await drainOf(root)).counts).toEqual(
      counts({ requests: 1, sent: 1, acknowledged: 1, setAside: { too_large: 1 } }),
    );
    expect(server.batches).toEqual([['event-200']]);

    await root.append([{ event_id: 'event-42', payload: 'short' }]);
    expect((await drainOf(root)).counts).toEqual(counts({ requests: 1, sent: 1, acknowledged: 1 }));
    expect(await queueState(machine, root.path, root.queuePath)).toMatchObject({
      setAside: { too_large: 0 },
    });
  });

  test('events that can never be sent stay in the queue, are counted, and do not block other events', async () => {
    const { root, server } = queue;
    await root.create([
      event(0, { text: 'x'.repeat(235_929) }),
      event(1, { text: 'x'.repeat(3_000_000) }),
      event(2, { team_slug: 'globex' }),
      event(3, { team_slug: 7 }),
      event(8),
    ]);
    const insert = 'INSERT INTO queue (event_id, event_type, data, timestamp) VALUES';
    await root.sql(
      [`${insert} ('event-4', 'x', 'no JSON', 1)`],
      [`${insert} ('event-5', 'x', '{"event_id": "event-8"}', 2)`],
      [`${insert} ('event-6', 'x', CAST(x'ff7b7d' AS TEXT), 3)`],
      [`${insert} (CAST(x'ff' AS TEXT), 'x', '{"event_id": "event-7"}', 4)`],
      [
        `${insert} ('event-7', 'x', ?, 5)`,
        `{"event_id": "event-7", "deep": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      ],
    );
    expect(await drainOf(root)).toEqual({
      end: { kind: 'drained' },
      counts: counts({
        requests: 1,
        sent: 1,
        acknowledged: 1,
        setAside: { too_large: 2, other_team: 2, malformed: 5 },
      }),
      setAsideUnwritten: null,
    });
    expect(server.batches).toEqual([['event-8']]);
    expect(await queueState(machine, root.path, root.queuePath)).toMatchObject({
      pending: 9,
      oldestTimestamp: 1,
    });
  });
});
