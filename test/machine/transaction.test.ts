import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readlinkSync, renameSync } from 'node:fs';
import { inTransaction } from '../../src/machine/sqlite.js';
import { events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython } from '../support/requires.js';

describeIf([hasPython], 'a transaction', () => {
  const queue = useQueue();
  const DELETE = 'DELETE FROM queue WHERE event_id = ?';

  test('changes nothing and leaves no lock when its work throws', async () => {
    const { root } = queue;
    await root.create(events(3));
    const failed = await inTransaction(root.queuePath, 'write', ({ change }) => {
      expect(change(DELETE)('event-0')).toBe(1);
      throw new Error('in the middle');
    });
    const why = `${root.queuePath}: SQLite cannot use it (Error: in the middle)`;
    expect(failed).toEqual({ kind: 'failed', why, cause: 'other' });
    // A lock left behind would make the writer wait for 5 s and fail.
    await root.append(events(1, 3));
    expect(await root.waitingIds()).toEqual(['event-0', 'event-3', 'event-1', 'event-2']);
  });

  test('for reading cannot change anything', async () => {
    const { root } = queue;
    await root.create(events(1));
    const result = await inTransaction(root.queuePath, 'read', ({ change }) => change(DELETE)('event-0'));
    const why = `${root.queuePath}: this user may not read and write it and its folder (SQLITE_READONLY)`;
    expect(result).toEqual({ kind: 'failed', why, cause: 'not_permitted' });
    expect(await root.waitingIds()).toEqual(['event-0']);
  });

  test('keeps the file open for the next transaction', async () => {
    const { root } = queue;
    await root.create(events(50));
    for (let time = 0; time < 50; time++) {
      await inTransaction(root.queuePath, 'read', ({ rows }) => rows('SELECT length(data) FROM queue'));
    }
    const open = readdirSync('/proc/self/fd').map(linkOf);
    expect(open.filter((path) => path.startsWith(root.queuePath))).toEqual([root.queuePath]);
  });

  test('reads a new file at the same path, and reports a deleted one', async () => {
    const { root } = queue;
    const count = () =>
      inTransaction(root.queuePath, 'read', ({ rows }) => rows('SELECT event_id FROM queue').length);
    await root.create(events(3));
    expect(await count()).toEqual({ kind: 'done', value: 3 });
    renameSync(root.queuePath, `${root.queuePath}.old`);
    expect(await count()).toEqual({ kind: 'absent' });
    await root.create(events(1));
    expect(await count()).toEqual({ kind: 'done', value: 1 });
  });

  test.each(['read', 'write'] as const)('to %s creates no file', async (access) => {
    const { root } = queue;
    expect(await inTransaction(root.queuePath, access, () => 'done')).toEqual({ kind: 'absent' });
    expect(existsSync(root.queuePath)).toBe(false);
  });
});

function linkOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ''; // The descriptor by which the folder was read is closed now.
  }
}
