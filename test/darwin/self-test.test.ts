import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { FAULTS_VARIABLE, hasLibSystem, pretendDarwin, WITHOUT_KOFFI } from '../support/libsystem.js';
import { hasPortableTools } from '../support/portable.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

pretendDarwin();

/** Each fault is one that the library of fixtures/darwin/libsystem.c makes. A world and its daemon serve all of them. */
describeIf(
  [hasNetworkNamespace, hasPython, hasLibSystem, hasPortableTools],
  'what the kernel of macOS may answer',
  () => {
    let world: World;
    let daemon: Daemon;
    beforeAll(async () => {
      world = await createWorld();
      daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
    });
    afterAll(async () => {
      await world.close();
    });

    const doctorWith = (fault: string, words: readonly string[] = []) => {
      const faults = join(world.folder, 'faults');
      writeFileSync(faults, `${fault}\n`);
      return doctor(world, words, { env: { [FAULTS_VARIABLE]: faults } });
    };
    const expectUntouched = (): void => {
      expect(daemon.alive()).toBe(true);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    };
    const whyFailed = ({ findings, scope }: DoctorReport): string => {
      expect(scope.collector).toBe('systeminformation');
      const failed = findings.find(({ id }) => id === 'self_test_failed');
      expect(failed).toMatchObject({ severity: 'attention' });
      expect(failed?.remediation?.effect).not.toBe('');
      return failed?.summary ?? '';
    };

    test.each([
      ['the list shows another user', 'uid 4711', 'as that of another user'],
      ['descriptors show another socket', 'so 1', 'do not show the test listener'],
      ['a socket has another size', 'size 3 784', '784 bytes, not 792'],
      ['a process has another size', 'size 18 200', '200 bytes, not 192'],
      ['an incarnation has another size', 'size 17 64', '64 bytes, not 56'],
      ['a root directory has another size', 'size 9 2344', '2344 bytes, not 2352'],
      ['the list always changes', 'generation 100000', 'changed during each'],
    ])('%s: nothing is proven, and a reset acts on nothing', async (_what, fault, why) => {
      const { report, code } = await doctorWith(fault, ['--reset']);
      expect(whyFailed(report)).toContain(why);
      expect(report.failed).toMatchObject([{ port: 9401, failure_reason: 'identity_unreadable' }]);
      expect(code).toBe(1);
      expectUntouched();
    });

    test('without koffi nothing is proven, and the report says what to install', async () => {
      const { report } = await doctor(world, ['--reset'], { env: WITHOUT_KOFFI });
      expect(whyFailed(report)).toContain('koffi');
      const failed = report.findings.find(({ id }) => id === 'self_test_failed');
      expect(failed?.remediation?.effect).toContain('install the optional package koffi');
      expectUntouched();
    });

    test.each([
      ['the list changes during two reads', 'generation 2'],
      ['the list says that its buffer is too small', 'short-list'],
      ['a list of descriptors fills its buffer', 'descriptors'],
    ])('%s: it is read again, and the daemon is proven', async (_what, fault) => {
      const { report } = await doctorWith(fault);
      expect(report.scope.collector).toBe('libproc');
      expect(verdictOn(report, 9401)).toBe('safe_auto');
    });

    test('a process of our user that is hidden may hold the socket of the daemon, too', async () => {
      const hidden = await world.startPlainHttp(9500);
      const { report } = await doctorWith(`eperm ${hidden.pid}`, ['--reset']);
      expect(report.scope.collector).toBe('libproc');
      expect(report.failed).toMatchObject([
        { port: 9401, failure_reason: 'missing_pid', detail: expect.stringContaining(String(hidden.pid)) },
      ]);
      expectUntouched();
    });

    test('a hidden daemon has no known owner', async () => {
      const { report } = await doctorWith(`eperm ${daemon.pid}`, ['--reset']);
      expect(candidateOn(report, 9401).pid).toBeNull();
      expect(report.failed).toMatchObject([{ port: 9401, failure_reason: 'missing_pid' }]);
      expectUntouched();
    });

    test('a daemon that ends during the search has no owner', async () => {
      const { report } = await doctorWith(`esrch ${daemon.pid}`, ['--reset']);
      expect(candidateOn(report, 9401).pid).toBeNull();
      expectUntouched();
    });

    test('a daemon that becomes another program between two reads is not judged', async () => {
      const { report } = await doctorWith(`exec ${daemon.pid}`, ['--reset']);
      expect(report.swept).toEqual([]);
      expectUntouched();
    });

    test('arguments without their padding are not read', async () => {
      const { report } = await doctorWith(`arguments ${daemon.pid}`, ['--reset']);
      expect(report.swept).toEqual([]);
      expectUntouched();
    });

    test.each([
      ['reaches any incarnation', 'any-version', 'was not refused'],
      ['does not exist', 'no-signal', 'before 14.2'],
    ])('a signal that %s is not used', async (_what, fault, why) => {
      const stubborn = await world.startDaemon({
        port: 9403,
        version: '3.2.3',
        refusesShutdown: true,
        ignoresTerm: true,
      });
      const { report } = await doctorWith(fault, ['--reset', `pid:${stubborn.pid}`]);
      expect(report.failed).toMatchObject([{ port: 9403, failure_reason: 'cannot_hold' }]);
      expect(candidateOn(report, 9403).remediation?.effect).toContain(why);
      expect(stubborn.alive()).toBe(true);
      expect(stubborn.journal().leaving).toEqual([]);
      await world.shell(`kill -KILL ${stubborn.pid}`);
      await stubborn.exited;
      expectUntouched();
    });
  },
);
