import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { queueState } from '../../src/sync/status.js';
import { counts, drainOf } from '../support/draining.js';
import { ENVIRONMENT, event, events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';
import { results } from '../support/upload-server.js';

describeIf([hasPython], 'draining the queue', () => {
  const queue = useQueue();

  test('uploads by timestamp and id, in batches of at most 1000 events, in the format of the endpoint (C-007)', async () => {
    const { root, server } = queue;
    await root.create();
    await root.append(events(1500, 10), 2_000_000_000);
    await root.append([event(1, { drain_blocked_reason: 'missing_auth' }), event(0, { team_slug: 'ACME' })]);
    const flights: boolean[] = [];
    const outcome = await drainOf(root, { onInFlightChange: (inFlight) => flights.push(inFlight) });
    expect(outcome).toEqual({
      end: { kind: 'drained' },
      counts: counts({ requests: 2, sent: 1502, acknowledged: 1502 }),
      setAsideUnwritten: null,
    });
    expect(await root.waiting()).toEqual([]);
    expect(flights).toEqual([true, false, true, false]);
    expect(server.batches.map(({ length }) => length)).toEqual([1000, 502]);
    expect(server.batches.flat()).toEqual(
      ['event-1', 'event-0'].concat(events(1500, 10).map(({ event_id: id }) => id)),
    );
    expect(server.uploads[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/events/batch/',
      headers: {
        authorization: `Bearer ${ENVIRONMENT.SPEC_KITTY_ACCESS_TOKEN}`,
        'x-team-slug': ENVIRONMENT.SPEC_KITTY_TEAM_ID,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
    });
    expect(server.uploads[0]?.events.slice(0, 2)).toEqual([
      { ...event(1), team_slug: ENVIRONMENT.SPEC_KITTY_TEAM_ID },
      { ...event(0), team_slug: 'ACME' },
    ]);
  });

  test('fills each upload up to 235,929 bytes before compression', async () => {
    const { root, server } = queue;
    await root.create(events(300).map((one) => ({ ...one, text: 'x'.repeat(2000) })));
    expect((await drainOf(root)).counts).toEqual(counts({ requests: 3, sent: 300, acknowledged: 300 }));
    const lengths = server.uploads.map(({ body }) => Buffer.byteLength(body));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(235_929);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThan(230_000);
  });

  test('keeps the digits of numbers as they were written', async () => {
    const { root, server } = queue;
    await root.create();
    const data = '{"event_id": "event-1", "at": 1784563210123456789, "ratio": 1.0, "tiny": 1e-400}';
    await root.sql([
      "INSERT INTO queue (event_id, event_type, data, timestamp) VALUES ('event-1', 'x', ?, 1)",
      data,
    ]);
    await drainOf(root);
    expect(server.uploads[0]?.body).toContain('"at":1784563210123456789,"ratio":1.0,"tiny":1e-400');
  });

  test('treats an absent queue file as empty and does not create it', async () => {
    const { root } = queue;
    expect(await drainOf(root)).toMatchObject({ end: { kind: 'drained' }, counts: { requests: 0 } });
    expect(await queueState(machine, root.path, root.queuePath)).toEqual({ kind: 'absent' });
    expect(existsSync(root.queuePath)).toBe(false);
  });

  test('reports a file that is no database', async () => {
    const { root } = queue;
    root.write(root.queuePath.slice(root.path.length), 'this file is not a database'.repeat(60));
    const why = expect.stringMatching(
      /queue-[0-9a-f]{16}\.db: it is not an SQLite database \(SQLITE_NOTADB\)$/,
    );
    const failure = { why, cause: 'no_queue' };
    expect((await drainOf(root)).end).toEqual({ kind: 'queue_failed', ...failure });
    expect(await queueState(machine, root.path, root.queuePath)).toEqual({ kind: 'unreadable', ...failure });
  });

  test('finishes the batch in flight after a stop, and starts no other', async () => {
    const { root, server } = queue;
    await root.create(events(2000));
    const stop = new AbortController();
    server.reply = (upload, response) => {
      stop.abort();
      results(() => 'success')(upload, response);
    };
    expect(await drainOf(root, { stop: stop.signal })).toMatchObject({
      end: { kind: 'stopped' },
      counts: { requests: 1, acknowledged: 1000 },
    });
    expect(await root.waiting()).toHaveLength(1000);
  });

  test('keeps the events of an aborted request in the queue', async () => {
    const { root, server } = queue;
    await root.create(events(3));
    const abandon = new AbortController();
    server.reply = () => {
      abandon.abort();
    };
    const flights: boolean[] = [];
    expect(
      await drainOf(root, { abandon: abandon.signal, onInFlightChange: (is) => flights.push(is) }),
    ).toMatchObject({ end: { kind: 'abandoned' }, counts: { acknowledged: 0 } });
    expect(flights).toEqual([true, false]);
    expect(await root.waiting()).toHaveLength(3);
  });

  test('sends no further batch after another account signs in', async () => {
    const { root, server } = queue;
    await root.create(events(2000));
    server.reply = (upload, response) => {
      root.signIn(server.url, 'other@example.com');
      results(() => 'success')(upload, response);
    };
    const before = root.queuePath;
    expect((await drainOf(root)).end).toEqual({ kind: 'scope_changed' });
    expect(server.uploads).toHaveLength(1);
    expect(root.queuePath).not.toBe(before);
  });
});
