import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { endToEnd, packTarball } from './end-to-end.js';

const hasRegistry = {
  met: spawnSync('npm', ['view', 'json-rules-engine', 'version'], { timeout: 20_000 }).status === 0,
  missing: 'no package registry can be reached',
};

describeIf(
  [hasNetworkNamespace, hasPython, isRoot, hasRegistry],
  'the package, installed in an empty folder',
  () => {
    let folder: string;
    let tarball: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'spec-kitty-pack-'));
      tarball = packTarball(folder);
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    test('retires the orphans, and holds processes by pidfd', () => {
      const { trouble, version } = endToEnd(tarball, { node: process.execPath });
      expect(trouble).toEqual([]);
      expect(version?.fence.kind).toBe('pidfd');
    }, 300_000);

    test('works without the optional native packages, and reports the weaker guarantee', () => {
      const { trouble, version } = endToEnd(tarball, { node: process.execPath, withoutOptional: true });
      expect(trouble).toEqual([]);
      expect(version?.fence.kind).toBe('none');
    }, 300_000);
  },
);
