import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** One planted violation for every fence: a rule that cannot fire protects nothing. */
const PLANTED: Readonly<Record<string, readonly [file: string, line: string]>> = {
  'no-cycles': ['src/model/family.ts', "import '../model/policy-facts-cycle.js';"],
  'model-imports-nothing': ['src/model/planted.ts', "import '../facts/gather.js';"],
  'facts-stands-alone': ['src/facts/planted.ts', "import '../identity/identify.js';"],
  'identity-stands-alone': ['src/identity/planted.ts', "import '../facts/gather.js';"],
  'verdict-stands-alone': ['src/verdict/planted.ts', "import '../identity/identify.js';"],
  'action-stands-alone': ['src/action/planted.ts', "import '../facts/gather.js';"],
  'report-stands-alone': ['src/report/planted.ts', "import '../action/plan.js';"],
  'lifecycle-stands-alone': ['src/lifecycle/planted.ts', "import '../daemon/work.js';"],
  'dashboard-stands-alone': ['src/dashboard/planted.ts', "import '../startup/ensured.js';"],
  'daemon-stands-alone': ['src/daemon/planted.ts', "import '../action/plan.js';"],
  'startup-stands-alone': ['src/startup/planted.ts', "import '../facts/gather.js';"],
  'pure-stages-touch-nothing': ['src/identity/planted-core.ts', "import 'node:fs';"],
  'observing-cannot-change': ['src/system/observe/planted.ts', "import '../change/signal.js';"],
  'only-action-changes': ['src/policy/planted.ts', "import '../system/change/signal.js';"],
  'questions-in-one-place-requests-in-another': [
    'src/system/observe/planted-wire.ts',
    "import '../wire/http-exchange.js';",
  ],
  'writing-is-a-power-of-its-own': ['src/facts/planted-write.ts', "import '../system/write/remove-file.js';"],
  'only-daemons-serve': ['src/action/planted-serve.ts', "import '../system/serve/loopback-server.js';"],
  'only-the-daemon-uploads': ['src/action/planted-upload.ts', "import '../system/upload/post-batch.js';"],
  'only-the-daemon-opens-the-queue': [
    'src/action/planted-queue.ts',
    "import '../system/sqlite/transaction.js';",
  ],
  'libsql-in-one-place': ['src/daemon/planted-libsql.ts', "await import('libsql');"],
  'libsql-is-loaded-late': ['src/system/sqlite/planted.ts', "import 'libsql';"],
  'only-system-changes-the-machine': ['src/cli/planted.ts', "import 'node:child_process';"],
  'engine-only-in-verdict': ['src/policy/planted-engine.ts', "import 'json-rules-engine';"],
  'systeminformation-in-one-place': [
    'src/system/observe/planted-si.ts',
    "await import('systeminformation');",
  ],
  'systeminformation-is-loaded-late': ['src/facts/planted-si.ts', "import 'systeminformation';"],
  'cli-goes-through-the-pipeline': ['src/cli/planted-stage.ts', "import '../facts/gather.js';"],
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

test('every fence fires on its planted violation', () => {
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
