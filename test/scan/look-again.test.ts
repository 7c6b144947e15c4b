import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readdirSync, readlinkSync } from 'node:fs';
import { revalidateListener } from '../../src/scan/revalidate.js';
import { readProcess } from '../../src/machine/linux/processes.js';
import { aListener, facts } from '../builders/evidence.js';

test('who does not hold the socket any more that it was judged by is told from who does', async () => {
  const reading = readProcess(process.pid);
  if (reading.kind !== 'alive') throw new Error(reading.kind);
  const holder = { kind: 'known', process: reading.process } as const;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listener = aListener();
  const lookAt = async (inode: number): Promise<string> => {
    const judged = { ...listener, holder, socket: { ...listener.socket, inode } };
    return (await revalidateListener(machine.observer, judged, facts([judged]), 'none')).kind;
  };
  const held = ourSockets();
  try {
    expect(await Promise.all(held.map(lookAt))).toEqual(held.map(() => 'present'));
    expect(held.length).toBeGreaterThan(0);
    expect(await lookAt(1)).toBe('socket_released');
  } finally {
    server.close();
  }
});

function ourSockets(): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`)) ?? [];
      return inode === undefined ? [] : [Number(inode)];
    } catch {
      // The one that the folder was read by.
      return [];
    }
  });
}
