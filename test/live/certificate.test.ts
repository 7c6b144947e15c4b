import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { HOSTED, install } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';
import type { DoctorReport } from '../../src/report/report.js';

describeIf(
  [hasNetworkNamespace, hasPython],
  'an invalid policy certificate: doctor still reports, and nothing is cleaned or started',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test.each<readonly [string, (path: string) => void]>([
      [
        'missing',
        (path) => {
          rmSync(path);
        },
      ],
      [
        'that cannot be read',
        (path) => {
          rmSync(path);
          mkdirSync(path);
        },
      ],
      [
        'cut short',
        (path) => {
          writeFileSync(path, '{');
        },
      ],
      [
        'of another policy',
        (path) => {
          change(path, 'policy_sha256');
        },
      ],
      [
        'of another vocabulary',
        (path) => {
          change(path, 'vocabulary_sha256');
        },
      ],
      [
        'of other mandatory invariants',
        (path) => {
          change(path, 'mandatory_invariants_sha256');
        },
      ],
      [
        'for another rule engine',
        (path) => {
          change(path, 'engine');
        },
      ],
    ])('%s', async (_what, spoil) => {
      const { bin } = install(world, '3.2.98');
      spoil(join(dirname(bin), 'policy-certificate.json'));
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
      const looked = await world.run(['auth', 'doctor', '--json'], { bin });
      expect(verdictOn(looked.json() as DoctorReport, 9401)).toBe('safe_auto');
      const reset = await world.run(['auth', 'doctor', '--reset'], { bin });
      expect({ code: reset.code, stderr: reset.stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('the certificate of the policy is missing, or of another policy'),
      });
      const now = await world.run(['sync', 'now'], { bin, env: HOSTED });
      expect({ code: now.code, stdout: now.stdout }).toEqual({
        code: 0,
        stdout: 'no sync daemon (policy_refused)\n',
      });
      expect([orphan.alive(), orphan.journal().shutdownTokens]).toEqual([true, []]);
    });

    function change(path: string, name: string): void {
      const certificate = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      writeFileSync(path, JSON.stringify({ ...certificate, [name]: 'another' }));
    }
  },
);
