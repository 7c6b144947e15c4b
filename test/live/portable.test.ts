import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import type { DoctorReport } from '../../src/report/report.js';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import type { Running } from '../support/fixtures.js';
import { hasPortableTools, listenersIn, pathWith, PORTABLE, PRETEND_DARWIN } from '../support/portable.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

describeIf(
  [hasNetworkNamespace, hasPython, hasPortableTools],
  'the portable collector compared with /proc',
  () => {
    let world: World;
    let daemons: readonly Daemon[];
    let thirdParties: readonly Running[];
    let exact: DoctorReport;
    beforeAll(async () => {
      // Other tests keep `ps` of the whole machine waiting.
      world = await createWorld({ init: 'reaps' });
      daemons = await Promise.all([
        world.startDaemon({ port: 9401, version: '3.2.2' }),
        world.startDaemon({ port: 9402, version: '3.2.3', address: '127.0.0.2' }),
        world.startDaemon({ port: 9403, version: '3.2.4' }),
        world.startDaemon({ port: 9404, version: '3.1.4' }),
        world.startDaemon({ port: 9405, version: '3.2.4', root: `${world.folder}/a b/-c /.spec-kitty` }),
        world.startDaemon({ port: 9406, version: '3.2.3', silentSeconds: Infinity }),
        world.startDaemon({ port: 9407, version: '3.2.3', launcher: true }),
        world.startDaemon({ port: 9449, version: '3.2.4' }),
      ]);
      thirdParties = await Promise.all([
        world.startPlainHttp(9401, { address: '::1' }),
        world.startPlainHttp(9401, { address: '127.0.0.3' }),
        world.startPlainHttp(9410, { address: '::' }),
        world.startPlainHttp(9411, { address: '0.0.0.0' }),
        world.startSilent([9412, 9413]),
        world.startPlainHttp(9399),
        world.startPlainHttp(9450),
      ]);
      exact = (await doctor(world)).report;
    });
    afterEach(() => {
      expect([...daemons, ...thirdParties].map(({ pid, alive }) => [pid, alive()])).toEqual(
        [...daemons, ...thirdParties].map(({ pid }) => [pid, true]),
      );
      for (const daemon of daemons)
        expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    });
    afterAll(async () => {
      await world.close();
    });

    describe.each(['netstat', 'ss'])('using %s', (tool) => {
      let report: DoctorReport;
      beforeAll(async () => {
        const env = { PATH: pathWith(world, tool, 'ps') };
        report = (await doctor(world, PORTABLE, { env })).report;
      });

      test('finds the same addresses, ports and processes', () => {
        expect(listenersIn(report)).toEqual(listenersIn(exact));
        expect(listenersIn(report)).toHaveLength(14);
        expect([report.scope.collector, exact.scope.collector]).toEqual(['systeminformation', 'procfs']);
      });

      test('finds the same versions and costs, as far as the tool reports them', () => {
        for (const candidate of report.candidates) {
          const other = candidateOn(exact, candidate.port, candidate.address);
          expect(candidate.package_version).toBe(other.package_version);
          const { resident_bytes: bytes, started_at: started, cpu_seconds: cpu, uid } = candidate.cost;
          expect(Math.abs(Number(bytes) - Number(other.cost.resident_bytes))).toBeLessThan(2 ** 21);
          expect(
            Math.abs(Date.parse(String(started)) - Date.parse(String(other.cost.started_at))),
          ).toBeLessThan(3000);
          expect([cpu, uid]).toEqual([null, null]);
        }
      });

      test('gives no safe_auto verdict, and never_touch wherever /proc gives it', () => {
        expect(exact.candidates.filter(({ cleanup_class: found }) => found === 'safe_auto')).toHaveLength(5);
        expect(report.candidates.filter(({ cleanup_class: found }) => found === 'safe_auto')).toEqual([]);
        expect(verdictOn(report, 9401)).toBe('operator_required owner_unknown');
        expect(candidateOn(report, 9401)).toMatchObject({
          spawn_shape: 'unreadable',
          identity_source: 'none',
        });
        for (const { address, port, cleanup_class: found } of exact.candidates) {
          if (found !== 'never_touch') continue;
          expect(candidateOn(report, port, address).cleanup_class).toBe('never_touch');
        }
      });

      test('marks every value as exact or not, and offers the command with more evidence', () => {
        for (const { evidence, remediation, cleanup_class: found } of report.candidates) {
          expect(evidence.find(({ fact }) => fact === 'spawn_shape')?.exact).toBe(false);
          if (found === 'operator_required')
            expect(remediation?.command).toBe(`${INVOCATION} auth doctor --collector procfs`);
        }
        expect(exact.candidates.flatMap(({ evidence }) => evidence).every((proof) => proof.exact)).toBe(true);
      });
    });

    test.each([
      ['chosen on Linux', PORTABLE, {}, 'identity_unreadable', 'systeminformation'],
      ['in place of the one for macOS', [], PRETEND_DARWIN, 'not_switched_on', 'is not switched on'],
    ] as const)(
      'a reset with it, %s, touches no process and writes no file',
      async (_where, words, env, reason, why) => {
        world.writeStateFile(['http://127.0.0.1:9440', 9440, 'f'.repeat(32), 999_999]);
        const before = readdirSync(world.root, { recursive: true }).sort();
        const { report, code } = await doctor(world, ['--reset', ...words], { env });
        const wanted = report.candidates.filter(({ cleanup_class: found }) => found === 'operator_required');
        expect(wanted.length).toBeGreaterThanOrEqual(7);
        expect(report.swept).toEqual([]);
        expect(report.failed).toEqual(
          wanted.map(({ pid, port }) => ({
            pid,
            port,
            failure_reason: reason,
            detail: expect.stringContaining(why),
          })),
        );
        expect(report.findings.find(({ id }) => id === 'shown_only')?.summary).toContain(
          'the reset did nothing',
        );
        expect({ code, fence: report.scope.fence }).toEqual({ code: 1, fence: null });
        expect(readdirSync(world.root, { recursive: true }).sort()).toEqual(before);
      },
    );

    test('a dry run with it plans nothing', async () => {
      const { report } = await doctor(world, ['--reset', '--dry-run', ...PORTABLE]);
      expect(report.plan?.filter(({ action }) => action === 'retire')).toEqual([]);
    });

    test('the recorded daemon is the live one here too', async () => {
      const [, , recorded] = daemons;
      if (recorded) world.recordSingleton(recorded);
      const { report } = await doctor(world, PORTABLE);
      expect(verdictOn(report, 9403)).toBe('never_touch recorded_singleton');
      expect(report.daemon).toMatchObject({ port: 9403, state: 'healthy' });
    });

    test('the age of a daemon does not depend on the time zone (pitfall 37)', async () => {
      const { report } = await doctor(world, PORTABLE, { env: { TZ: 'Pacific/Kiritimati' } });
      const started = [report, exact].map((either) =>
        Date.parse(String(candidateOn(either, 9401).cost.started_at)),
      );
      expect(Math.abs(Number(started[0]) - Number(started[1]))).toBeLessThan(3000);
    });
  },
);
