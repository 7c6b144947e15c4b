import { expect, test } from '@jest/globals';
import { counts, drainOf } from '../support/draining.js';
import { ENVIRONMENT, events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';
import { diesInMidAnswer, type Reply, results, status, UploadServer } from '../support/upload-server.js';

/** An answer without an end, until the client closes the connection. */
const endless: Reply = (_upload, response) => {
  response.writeHead(200);
  const more = (error?: Error | null): void => {
    // Some versions of Node report a closed connection by the error only.
    if (!error && !response.destroyed) response.write(Buffer.alloc(1024 * 1024, 32), more);
  };
  more();
};

describeIf([hasPython], 'answers of the upload server', () => {
  const queue = useQueue();

  test('apply the status of each event to its row', async () => {
    const { root, server } = queue;
    const statuses = [
      'success',
      'accepted',
      'warning',
      'duplicate',
      'queued',
      'pending',
      'rejected',
      'Success',
    ];
    await root.create(events(statuses.length));
    server.reply = results((_event, index) => statuses[index] ?? null);
    expect((await drainOf(root)).counts).toEqual(
      counts({ requests: 1, sent: 8, acknowledged: 4, kept: 2, retried: 2 }),
    );
    expect((await root.waiting()).map(({ eventId, retryCount }) => [eventId, retryCount])).toEqual([
      ['event-4', 0],
      ['event-5', 0],
      ['event-6', 1],
      ['event-7', 1],
    ]);
  });

  test('do not block later events if they keep or refuse earlier ones', async () => {
    const { root, server } = queue;
    await root.create(events(1001));
    server.reply = results(({ event_id: id }) => (id === 'event-1000' ? 'success' : 'pending'));
    expect((await drainOf(root)).counts).toMatchObject({ requests: 2, acknowledged: 1, kept: 1000 });
  });

  test('settle no event that they omit, contradict themselves about, or that was not sent', async () => {
    const { root, server } = queue;
    await root.create(events(4));
    server.reply = status(200, {
      results: [
        { event_id: 'event-0', status: 'success' },
        { event_id: 'event-1', status: 'success' },
        { event_id: 'event-1', status: 'rejected' },
        { event_id: 'event-9', status: 'success' },
        { event_id: 'event-2' },
        { status: 'success' },
        null,
        'event-3',
      ],
    });
    expect((await drainOf(root)).counts).toEqual(
      counts({ requests: 1, sent: 4, acknowledged: 1, kept: 1, retried: 1, unanswered: 1 }),
    );
    expect((await root.waiting()).map(({ eventId, retryCount }) => [eventId, retryCount])).toEqual([
      ['event-1', 0],
      ['event-2', 1],
      ['event-3', 0],
    ]);
  });

  test('with status 400 add one to retry_count of each event of the batch', async () => {
    const { root, server } = queue;
    await root.create(events(3));
    server.reply = status(400, { error: 'invalid', details: [{ event_id: 'event-1', detail: 'bad' }] });
    expect((await drainOf(root)).counts).toEqual(counts({ requests: 1, sent: 3, retried: 3 }));
    expect((await root.waiting()).map(({ retryCount }) => retryCount)).toEqual([1, 1, 1]);
  });
  const ALL_SETTLED = JSON.stringify({
    results: events(3).map(({ event_id: id }) => ({ event_id: id, status: 'success' })),
  });

  test.each<readonly [string, Reply, string]>([
    ['500', status(500), 'answered with HTTP status 500'],
    ['503 that claims success', status(503, ALL_SETTLED), 'answered with HTTP status 503'],
    ['429', status(429), 'answered with HTTP status 429'],
    ['404', status(404), 'answered with HTTP status 404'],
    ['204', status(204, ''), 'answered with HTTP status 204'],
    ['200 without JSON', status(200, '<html>welcome</html>'), 'answered 200 without a list of results'],
    ['200 without results', status(200, { ok: true }), 'answered 200 without a list of results'],
    [
      '200 with results of another kind',
      status(200, { results: {} }),
      'answered 200 without a list of results',
    ],
    ['200 and a list', status(200, '[]'), 'answered 200 without a list of results'],
    [
      'an answer that is cut off',
      diesInMidAnswer(ALL_SETTLED.slice(0, 60)),
      'closed the connection before the answer was complete',
    ],
    [
      'a whole answer that says it is longer',
      diesInMidAnswer(ALL_SETTLED),
      'closed the connection before the answer was complete',
    ],
    [
      'a connection closed without a word',
      (_upload, { socket }) => socket?.destroy(),
      'no answer (ECONNRESET)',
    ],
    ['something that is not HTTP', (_upload, { socket }) => socket?.end('hello\n'), 'no answer (HPE_'],
    ['an answer without end', endless, 'answered with more than'],
  ])('like %s settle no event and change no row', async (_name, reply, why) => {
    const { root, server } = queue;
    await root.create(events(3));
    const before = await root.waiting();
    server.reply = reply;
    const { end, counts: counted } = await drainOf(root);
    expect(end).toEqual({ kind: 'upload_failed', why: expect.stringContaining(why) });
    expect(counted).toEqual(counts({ requests: 1, sent: 3 }));
    expect(await root.waiting()).toEqual(before);
  });

  test.each([301, 302, 303, 307, 308])(
    'that redirect (%d) are not followed, and the target gets no token',
    async (code) => {
      const { root, server } = queue;
      const elsewhere = new UploadServer();
      await elsewhere.listen();
      await root.create(events(1));
      server.reply = status(code, '', { Location: `${elsewhere.url}/api/v1/events/batch/` });
      expect((await drainOf(root)).end).toEqual({
        kind: 'upload_failed',
        why: `answered with HTTP status ${code}`,
      });
      expect(elsewhere.uploads).toEqual([]);
      expect(await root.waitingIds()).toEqual(['event-0']);
      await elsewhere.close();
    },
  );

  test.each([401, 403] as const)(
    'with status %d end the drain with a digest of the credentials',
    async (code) => {
      const { root, server } = queue;
      await root.create(events(2));
      server.reply = status(code);
      const { end } = await drainOf(root);
      expect(end).toEqual({ kind: 'refused', status: code, credentials: expect.any(String) });
      expect(JSON.stringify(end)).not.toContain(ENVIRONMENT.SPEC_KITTY_ACCESS_TOKEN);
      expect(server.uploads).toHaveLength(1);
      expect((await root.waiting()).map(({ retryCount }) => retryCount)).toEqual([0, 0]);
    },
  );

  test('that are missing, because nothing listens, change no row', async () => {
    const { root, server } = queue;
    await root.create(events(2));
    await server.close();
    expect((await drainOf(root)).end).toEqual({ kind: 'upload_failed', why: 'no answer (ECONNREFUSED)' });
    expect(await root.waitingIds()).toEqual(['event-0', 'event-1']);
  });
});
