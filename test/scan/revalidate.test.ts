import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { HttpAnswer } from '../../src/machine/http-answer.js';
import { revalidateListener } from '../../src/scan/revalidate.js';
import { readProcess } from '../../src/machine/linux/processes.js';
import { aListener, aScan } from '../builders/evidence.js';

test('a probe that the listener did not receive outweighs the silence of later ones (pitfall 3)', async () => {
  const reading = readProcess(process.pid);
  if (reading.kind !== 'alive') throw new Error(reading.kind);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const [id = ''] = ourSockets();
    const socket = { ...aListener().socket, id };
    const judged = aListener({ socket, holder: { kind: 'known', process: reading.process } });
    const answers: HttpAnswer[] = [{ kind: 'not_sent', why: 'another received it' }];
    let ms = 0;
    let probes = 0;
    const observer = {
      ...machine.observer,
      clock: {
        ...machine.observer.clock,
        monotonicMs: () => ms,
        sleep: async (time: number) => {
          ms += time;
          await setImmediate();
        },
      },
      getHealth: () => {
        probes += 1;
        return Promise.resolve(answers.pop() ?? SILENT);
      },
    };
    const revalidation = await revalidateListener(observer, judged, aScan([judged]), 'retrying');
    expect(probes).toBeGreaterThan(1);
    expect(revalidation).toMatchObject({
      kind: 'present',
      evidence: { health: { kind: 'not_asked', why: 'another received it' } },
    });
  } finally {
    server.close();
  }
});

const SILENT: HttpAnswer = { kind: 'silent', why: 'no answer', mayHaveBeenSent: true };

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
