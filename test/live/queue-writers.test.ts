import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { counts, drainOf } from '../support/draining.js';
import { event, events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';
import { results } from '../support/upload-server.js';

describeIf([hasPython], 'draining while Python programs write to the queue', () => {
  const queue = useQueue();
  const success = results(() => 'success');

  test('uploads every appended event, and keeps the journal mode (C-007)', async () => {
    const { root, server } = queue;
    await root.create(events(100));
    const writing = new AbortController();
    const writers = [1000, 2000].map(async (from) => {
      const writer = root.writer();
      for (let number = from; number < from + 150; number++) {
        const { event_id: id } = event(number);
        await writer.sql([
          'INSERT INTO queue (event_id, event_type, data, timestamp) VALUES (?, ?, ?, ?)',
          ...[id, 'x', JSON.stringify(event(number)), number],
        ]);
      }
    });
    const written = Promise.all(writers).then(() => {
      writing.abort();
    });
    let acknowledged = 0;
    while (!writing.signal.aborted) acknowledged += (await drainOf(root)).counts.acknowledged;
    await written;
    acknowledged += (await drainOf(root)).counts.acknowledged;
    expect(acknowledged).toBe(400);
    expect(await root.waiting()).toEqual([]);
    const sent = server.batches.flat();
    expect(sent).toHaveLength(400);
    expect(new Set(sent)).toEqual(
      new Set([...events(100), ...events(150, 1000), ...events(150, 2000)].map(({ event_id: id }) => id)),
    );
    expect(await root.sql(['PRAGMA journal_mode'])).toEqual([['delete']]);
    expect(existsSync(`${root.queuePath}-wal`)).toBe(false);
  });

  test('does not delete a row that changed while it was in flight, and sends its new content next', async () => {
    const { root, server } = queue;
    await root.create(events(5));
    server.reply = async (upload, response) => {
      server.reply = success;
      // These writes would wait for ever if the drain held a lock during the request.
      const newer = (number: number): string => JSON.stringify(event(number, { is: 'newer' }));
      await root.sql(['UPDATE queue SET data = ? WHERE event_id = ?', newer(0), 'event-0']);
      await root.sql([
        'UPDATE queue SET event_id = ?, data = ? WHERE event_id = ?',
        ...['event-9', newer(9), 'event-1'],
      ]);
      await root.append([event(2, { is: 'newer' })], 1_800_000_000);
      await root.sql(['DELETE FROM queue WHERE event_id = ?', 'event-3']);
      success(upload, response);
    };
    expect(await drainOf(root)).toEqual({
      end: { kind: 'drained' },
      counts: counts({ requests: 2, sent: 6, acknowledged: 2, changed: 4 }),
      setAsideUnwritten: null,
    });
    // Replacing a row gives it a new id, so the same drain reads it again.
    expect(server.batches).toEqual([events(5).map(({ event_id: id }) => id), ['event-2']]);
    expect((await root.waiting()).map(({ eventId, retryCount }) => [eventId, retryCount])).toEqual([
      ['event-0', 0],
      ['event-9', 0],
    ]);
    await drainOf(root);
    expect(
      server.uploads.slice(1).map(({ events: sent }) => sent.map(({ event_id: id, is }) => [id, is])),
    ).toEqual([
      [['event-2', 'newer']],
      [
        ['event-0', 'newer'],
        ['event-9', 'newer'],
      ],
    ]);
    expect(await root.waiting()).toEqual([]);
  });

  test('does not increase retry_count of a row that changed while it was in flight', async () => {
    const { root, server } = queue;
    await root.create(events(2));
    server.reply = async (upload, response) => {
      await root.sql(['UPDATE queue SET data = ? WHERE event_id = ?', '{"event_id": "event-0"}', 'event-0']);
      results(() => 'rejected')(upload, response);
    };
    expect((await drainOf(root)).counts).toEqual(counts({ requests: 1, sent: 2, retried: 1, changed: 1 }));
    expect((await root.waiting()).map(({ retryCount }) => retryCount)).toEqual([0, 1]);
  });

  test.each(['hold', 'read'] as const)(
    'waits for a slow writer (%s) to apply the answer, without blocking the event loop',
    async (how) => {
      const { root, server } = queue;
      await root.create(events(3));
      let ticks = 0;
      let ticking: NodeJS.Timeout | undefined;
      server.reply = async (upload, response) => {
        await root.writer()[how](1);
        ticking = setInterval(() => ticks++, 10);
        success(upload, response);
      };
      const flights: boolean[] = [];
      const outcome = await drainOf(root, { onInFlightChange: (inFlight) => flights.push(inFlight) });
      clearInterval(ticking);
      expect(outcome).toMatchObject({ end: { kind: 'drained' }, counts: { acknowledged: 3 } });
      expect(flights).toEqual([true, false]);
      expect(ticks).toBeGreaterThan(5);
      expect(await root.waiting()).toEqual([]);
    },
  );

  test('gives up on a locked file after 5 s without loss, and the next drain continues', async () => {
    const { root, server } = queue;
    await root.create(events(3));
    let locked: Promise<void> | undefined;
    server.reply = async (upload, response) => {
      const writer = root.writer();
      await writer.hold(7);
      locked = writer.sql(['SELECT 1']).then(() => undefined);
      success(upload, response);
    };
    expect(await drainOf(root)).toMatchObject({
      end: { kind: 'queue_failed', why: expect.stringContaining('locked for 5000 ms') },
      counts: { requests: 1, acknowledged: 0 },
    });
    await locked;
    expect(await root.waiting()).toHaveLength(3);
    server.reply = results(() => 'duplicate');
    expect((await drainOf(root)).counts).toMatchObject({ acknowledged: 3 });
  });
});
