import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readdirSync, readlinkSync } from 'node:fs';
import { revalidateListener } from '../../src/scan/revalidate.js';
import { readProcess } from '../../src/machine/linux/processes.js';
import { aListener, aScan } from '../builders/evidence.js';

test('tells whether the process still has the judged socket open', async () => {
  const reading = readProcess(process.pid);
  if (reading.kind !== 'alive') throw new Error(reading.kind);
  const holder = { kind: 'known', process: reading.process } as const;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listener = aListener();
  const revalidate = async (id: string): Promise<string> => {
    const judged = { ...listener, holder, socket: { ...listener.socket, id } };
    return (await revalidateListener(machine.observer, judged, aScan([judged]), 'none')).kind;
  };
  const held = ourSockets();
  try {
    expect(await Promise.all(held.map(revalidate))).toEqual(held.map(() => 'present'));
    expect(held.length).toBeGreaterThan(0);
    expect(await revalidate('1')).toBe('socket_released');
  } finally {
    server.close();
  }
});

function ourSockets(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`)) ?? [];
      return inode === undefined ? [] : [inode];
    } catch {
      // The descriptor by which the folder was read is closed now.
      return [];
    }
  });
}
