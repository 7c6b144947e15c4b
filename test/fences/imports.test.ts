import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** One planted violation for every fence: a rule that cannot fire protects nothing. */
const PLANTED: Readonly<Record<string, readonly [file: string, line: string]>> = {
  'no-cycles': ['src/model/family.ts', "import '../model/policy-facts-cycle.js';"],
  'model-imports-model': ['src/model/planted.ts', "import '../scan/scan.js';"],
  'machine-imports': ['src/machine/planted.ts', "import '../scan/scan.js';"],
  'text-imports-nothing': ['src/text/planted.ts', "import '../model/family.js';"],
  'scan-imports': ['src/scan/planted.ts', "import '../identity/identify.js';"],
  'identity-imports': ['src/identity/planted.ts', "import '../scan/scan.js';"],
  'policy-imports': ['src/policy/planted.ts', "import '../identity/identify.js';"],
  'enforcement-imports': ['src/enforcement/planted.ts', "import '../scan/scan.js';"],
  'report-imports': ['src/report/planted.ts', "import '../enforcement/plan.js';"],
  'daemon-imports': ['src/daemon/planted.ts', "import '../sync/drain.js';"],
  'sync-imports': ['src/sync/planted.ts', "import '../dashboard/view.js';"],
  'dashboard-imports': ['src/dashboard/planted.ts', "import '../sync/ensure-sync-daemon.js';"],
  'examine-reads-and-judges': ['src/examine.ts', "import './enforcement/sweep.js';"],
  'enforce-is-one-sequence': ['src/enforce.ts', "import './daemon/start.js';"],
  'reset-uses-the-sequence': ['src/reset.ts', "import './daemon/start.js';"],
  'forget-ends-nothing': ['src/forget.ts', "import './enforce.js';"],
  'pure-stages-touch-nothing': ['src/identity/planted-core.ts', "import 'node:fs';"],
  'the-world-is-behind-the-port': ['src/cli/planted.ts', "import 'node:child_process';"],
  'the-machine-is-passed-in': ['src/enforcement/planted-pidfd.ts', "import '../machine/linux/pidfd.js';"],
  'observer-cannot-reach-actor': ['src/machine/linux/mounts.ts', "import './pidfd.js';"],
  'requests-in-one-place': ['src/machine/linux/planted-wire.ts', "import '../http.js';"],
  'libsql-in-one-place': ['src/daemon/planted-libsql.ts', "await import('libsql');"],
  'libsql-is-optional': ['src/machine/planted-libsql.ts', "import 'libsql';"],
  'engine-in-one-place': ['src/policy/planted-engine.ts', "import 'json-rules-engine';"],
  'systeminformation-runs-apart': ['src/machine/planted-si.ts', "await import('systeminformation');"],
  'cli-goes-through-the-front': ['src/cli/planted-stage.ts', "import '../scan/scan.js';"],
  'product-does-not-import-tests': ['src/planted.ts', "import '../test/builders/evidence.js';"],
};

let copy = '';

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'fences-'));
  for (const name of ['src', 'test', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'src/model/policy-facts-cycle.ts'), "import './family.js';\n");
  for (const [file, line] of Object.values(PLANTED)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), `${line}\n`);
  }
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

test('every fence fires on its planted violation (C-001)', () => {
  const bin = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const words = [bin, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const { summary } = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`) as {
    summary: { violations: readonly Violation[]; ruleSetUsed: { forbidden: readonly { name: string }[] } };
  };
  expect(Object.keys(PLANTED).sort()).toEqual(summary.ruleSetUsed.forbidden.map(({ name }) => name).sort());
  for (const [rule, [file]] of Object.entries(PLANTED)) {
    const fired = summary.violations.some(
      (violation) => violation.rule.name === rule && violation.from === file,
    );
    expect({ rule, fired }).toEqual({ rule, fired: true });
  }
}, 60_000);
