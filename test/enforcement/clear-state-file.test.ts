import { machine } from '../support/local-machine.js';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clearStaleStateFile } from '../../src/enforcement/stale-files.js';
import { ok } from '../../src/model/result.js';
import type { RootEvidence } from '../../src/model/scan.js';
import { readStat } from '../../src/machine/linux/processes.js';
import { aDirectory, aRecord, aRoot, aScan, PRIVATE, stateFile } from '../builders/evidence.js';
import { describeIf, hasTools } from '../support/requires.js';

const { context } = aScan([]);
const LOCAL = { isOnLocalFileSystem: true } as const;
/** A port without a listener. */
const UNUSED_PORT = 1;
const id = 'a'.repeat(32);

describeIf(
  [hasTools('flock')],
  'a state file is removed only if the daemon that it names is certainly gone',
  () => {
    let root: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
      writeFileSync(join(root, 'sync-daemon'), '');
    });
    afterEach(() => {
      rmSync(root, { recursive: true });
    });

    const clear = (changes: Partial<RootEvidence>) =>
      clearStaleStateFile(
        machine,
        'sync',
        root,
        () => Promise.resolve(aRoot({ stateFile: stateFile(UNUSED_PORT, id, null), ...LOCAL, ...changes })),
        () => Promise.resolve(false),
        context,
      );
    const exists = () => existsSync(join(root, 'sync-daemon'));

    test('it is read under the lock, because a starting program writes it under that lock', async () => {
      let lockAttempt: number | null = null;
      const readRoot = (): Promise<RootEvidence> => {
        lockAttempt = spawnSync('flock', ['-n', join(root, 'sync-daemon.lock'), 'true']).status;
        return Promise.resolve(
          aRoot({
            stateFile: stateFile(UNUSED_PORT, id, 77),
            recordedProcess: { kind: 'gone', pid: 77 },
            ...LOCAL,
          }),
        );
      };
      const mayRun = () => Promise.resolve(false);
      expect(await clearStaleStateFile(machine, 'sync', root, readRoot, mayRun, context)).toMatchObject({
        kind: 'cleared',
        port: UNUSED_PORT,
      });
      expect(lockAttempt).toBe(1);
      expect(exists()).toBe(false);
      expect(spawnSync('flock', ['-n', join(root, 'sync-daemon.lock'), 'true']).status).toBe(0);
    });

    test.each([
      ['sync', 9449, 9450],
      ['dashboard', 9237, 9236],
    ] as const)(
      'a %s state file is no reason to connect to a port outside its range',
      async (family, inside, outside) => {
        const asked: number[] = [];
        const { sockets } = machine.observer;
        const lacksListener = (port: number) => {
          asked.push(port);
          return Promise.resolve(ok(false));
        };
        const asking = {
          ...machine,
          observer: {
            ...machine.observer,
            sockets: { ...sockets, listening: () => Promise.resolve(ok([])), lacksListener },
          },
        };
        for (const port of [inside, outside]) {
          const named = aRoot({
            stateFile: stateFile(port, id, 77),
            recordedProcess: { kind: 'gone', pid: 77 },
            ...LOCAL,
          });
          await clearStaleStateFile(
            asking,
            family,
            root,
            () => Promise.resolve(named),
            () => Promise.resolve(false),
            context,
          );
        }
        expect(asked).toEqual([inside]);
      },
    );

    const record = (changes: Parameters<typeof aRecord>[0]): Partial<RootEvidence> => ({
      records: [{ kind: 'read', file: 'f', record: aRecord({ id, ...changes }) }],
    });
    const stat = readStat(process.pid);
    const incarnation = stat.kind === 'alive' ? stat.incarnation : '';

    test.each<readonly [string, Partial<RootEvidence>]>([
      [
        'other users could have written it',
        {
          recordedProcess: { kind: 'gone', pid: 77 },
          directory: aDirectory('42', '1', { ...PRIVATE, mode: 0o777 }),
        },
      ],
      ['its record was written on another machine', record({ machineId: 'x', bootId: 'x' })],
      ['the process in its record is alive', record({ pid: process.pid, incarnation })],
      [
        'a record cannot be used, and may be the one that it names',
        { records: [{ kind: 'unusable', file: 'f', why: 'others may read it' }] },
      ],
      ['its process cannot be read', { recordedProcess: { kind: 'unreadable', pid: 77, why: 'EACCES' } }],
      [
        'its process is a daemon that does not listen',
        { recordedProcess: { kind: 'alive', pid: 77, parentPid: 1, isDaemon: true } },
      ],
    ])('kept: %s', async (_name, changes) => {
      expect(await clear(changes)).toEqual({ kind: 'kept' });
      expect(exists()).toBe(true);
    });

    test.each<readonly [string, Partial<RootEvidence>]>([
      ['its record was written before the last boot of this machine', record({ bootId: 'x' })],
      ['the PID in its record belongs to a later process', record({ pid: process.pid, incarnation: '1' })],
      ['it has no PID line, and there are no records', {}],
      [
        'its PID belongs to a process that is no daemon',
        { recordedProcess: { kind: 'alive', pid: 77, parentPid: 1, isDaemon: false } },
      ],
    ])('removed: %s', async (_name, changes) => {
      expect(await clear(changes)).toMatchObject({ kind: 'cleared' });
      expect(exists()).toBe(false);
    });
  },
);
