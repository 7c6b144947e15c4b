import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { firstOutcome, startDraining } from '../support/draining-process.js';
import { events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';
import { type Reply, results, type Upload } from '../support/upload-server.js';

/** The event after which the process is killed, and the delay: in this time the process applies the answer. */
const PLACES = ['connected', 'request received', 'half of the answer sent', 'answer sent'] as const;
const LATER_MS = [0, 1, 2, 3, 5, 8, 13];

describeIf([hasPython], 'a draining process', () => {
  const queue = useQueue();

  test('loses no event when killed at any point, and deletes none that the server did not acknowledge', async () => {
    const { root, server } = queue;
    const all = new Set<string>();
    const confirmed = new Set<string>();
    await root.create();
    for (const [round, laterMs] of LATER_MS.flatMap((ms) => PLACES.map(() => ms)).entries()) {
      const place = PLACES[round % PLACES.length];
      const more = events(60, round * 60);
      for (const { event_id: id } of more) all.add(id);
      await root.append(more.map((one) => ({ ...one, text: 'x'.repeat(9000) })));

      const child = startDraining(root);
      const exited = once(child, 'exit');
      server.reply = confirmInPieces(confirmed, (reached) => {
        if (reached === place) setTimeout(() => child.kill('SIGKILL'), laterMs);
      });
      if (place === 'connected') server.onConnection(() => child.kill('SIGKILL'));
      expect(await exited).toEqual([null, 'SIGKILL']);

      const waiting = new Set(await root.waitingIds());
      const lost = [...all].filter((id) => !waiting.has(id) && !confirmed.has(id));
      expect({ round, place, laterMs, lost }).toEqual({ round, place, laterMs, lost: [] });
      expect(await root.sql(['PRAGMA integrity_check'])).toEqual([['ok']]);
    }

    server.reply = results(({ event_id: id }) => {
      confirmed.add(id);
      return 'duplicate';
    });
    expect(await firstOutcome(startDraining(root))).toMatchObject({ end: { kind: 'drained' } });
    expect(await root.waiting()).toEqual([]);
    expect(confirmed).toEqual(all);
  }, 120_000);
});

/** Acknowledges a whole upload, and calls `reach` at each place. */
function confirmInPieces(confirmed: Set<string>, reach: (place: (typeof PLACES)[number]) => void): Reply {
  return ({ events: sent }: Upload, response) => {
    reach('request received');
    for (const { event_id: id } of sent) confirmed.add(id);
    const list = sent.map(({ event_id: id }) => ({ event_id: id, status: 'success' }));
    const answer = JSON.stringify({ results: list });
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(answer) });
    response.write(answer.slice(0, answer.length / 2), () => {
      reach('half of the answer sent');
      response.end(answer.slice(answer.length / 2), () => {
        reach('answer sent');
      });
    });
  };
}
