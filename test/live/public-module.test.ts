import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describeIf, hasNetworkNamespace } from '../support/requires.js';
import { HOSTED, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace], 'the public module, from another package', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    mkdirSync(join(world.folder, 'node_modules'));
    symlinkSync(resolve('.'), join(world.folder, 'node_modules/spec-kitty'));
  });
  afterAll(() => world.close());

  const write = (name: string, text: string): string => {
    const path = join(world.folder, name);
    writeFileSync(path, text);
    return path;
  };

  test.each([
    ['an ES module', 'consumer.mjs', "import { DaemonIntent, ensureSyncDaemon } from 'spec-kitty';"],
    ['CommonJS', 'consumer.cjs', "const { DaemonIntent, ensureSyncDaemon } = require('spec-kitty');"],
  ])('starts a daemon from %s', async (_kind, name, line) => {
    const print =
      'ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED }).then((o) => console.log(JSON.stringify(o)));';
    const path = write(name, `${line}\n${print}\n`);
    const { stdout, stderr } = await world.command([process.execPath, path], HOSTED);
    expect({ outcome: JSON.parse(stdout) as unknown, stderr }).toMatchObject({
      outcome: { kind: 'ready', daemon: { generation: 'own' } },
      stderr: '',
    });
    expect((await sync(world, 'status')).report.daemon).toMatchObject({ state: 'healthy' });
  });

  test('a program that outlives the start deadline does not affect the daemon', async () => {
    await sync(world, 'stop');
    const path = write(
      'long.mjs',
      "import { DaemonIntent, ensureSyncDaemon } from 'spec-kitty';\n" +
        'const { daemon } = await ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED });\n' +
        'setTimeout(() => console.log(daemon.how, process.kill(daemon.pid, 0)), 9500);\n',
    );
    const { stdout, stderr } = await world.command([process.execPath, path], HOSTED);
    expect({ stdout, stderr }).toEqual({ stdout: 'started true\n', stderr: '' });
    expect((await sync(world, 'status')).report.daemon).toMatchObject({ state: 'healthy' });
  }, 20_000);

  test('does nothing for DaemonIntent.LOCAL_ONLY (AS-7, C-003)', async () => {
    await sync(world, 'stop');
    const path = write(
      'local.mjs',
      "import { DaemonIntent, ensureSyncDaemon } from 'spec-kitty';\n" +
        'console.log(JSON.stringify(await ensureSyncDaemon({ intent: DaemonIntent.LOCAL_ONLY })));\n',
    );
    const { stdout } = await world.command([process.execPath, path], HOSTED);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'skipped', reason: 'local_only' });
    expect((await sync(world, 'status')).report.daemon).toBeNull();
  });

  test.each([
    ["{ intent: 'LOCAL_ONLY' }", '"LOCAL_ONLY"'],
    ['{}', 'undefined'],
    ['', 'undefined'],
    ['null', 'undefined'],
    ['{ intent: 1, explicit: true }', 'number'],
  ])('does nothing, and says so, if a program without types calls it with (%s)', async (given, named) => {
    const path = write(
      'untyped.mjs',
      "import { ensureSyncDaemon } from 'spec-kitty';\n" +
        `console.log(JSON.stringify(await ensureSyncDaemon(${given})));\n`,
    );
    const { stdout } = await world.command([process.execPath, path], HOSTED);
    expect(JSON.parse(stdout)).toEqual({
      kind: 'skipped',
      reason: 'unknown_intent',
      detail: expect.stringContaining(`the intent is ${named}, and not DaemonIntent.`),
    });
    expect((await sync(world, 'status')).report.daemon).toBeNull();
  });

  test('inspects without changing anything, and an error is a document too', async () => {
    const orphan = await world.startDaemon({ port: 9411, version: '3.2.4' });
    const path = write(
      'inspect.mjs',
      "import { inspect } from 'spec-kitty';\nconsole.log(JSON.stringify(await inspect()));\n",
    );
    const { stdout } = await world.command([process.execPath, path]);
    expect(JSON.parse(stdout)).toMatchObject({
      candidates: [{ port: 9411, pid: orphan.pid, cleanup_class: 'safe_auto' }],
    });
    expect({ alive: orphan.alive(), asked: orphan.journal().shutdownTokens }).toEqual({
      alive: true,
      asked: [],
    });
    const notUtf8 = `SPEC_KITTY_HOME=$(printf '/J\\366rg') exec "$0" ${path}`;
    const failed = await world.command(['sh', '-c', notUtf8, process.execPath]);
    expect(JSON.parse(failed.stdout)).toEqual({
      schema_version: 1,
      error: { message: expect.any(String), next_step: expect.any(String) },
    });
  });

  test('runs the example of docs/sync.md', async () => {
    const [, example = ''] = /^```ts\n(import [^]*?)```/m.exec(readFileSync('docs/sync.md', 'utf8')) ?? [];
    const { code, stdout, stderr } = await world.command(
      [process.execPath, write('example.mjs', example)],
      HOSTED,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^94\d\d never_touch recorded_singleton$/m);
    await sync(world, 'stop');
  });

  describe('has types for a strict compiler', () => {
    const errorsOf = (text: string): readonly string[] => {
      const path = write(`consumer-${text.length}.mts`, text);
      const program = ts.createProgram([path], {
        strict: true,
        noEmit: true,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        types: [],
      });
      return ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    };
    const IMPORT = "import { DaemonIntent, ensureSyncDaemon, type StartupOutcome } from 'spec-kitty';\n";

    test('that distinguish all outcomes', () => {
      const use = `
const outcome: StartupOutcome = await ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED });
switch (outcome.kind) {
  case 'skipped': { const why: string = outcome.reason; void why; break; }
  case 'ready': { const port: number = outcome.daemon.port; void port; break; }
  case 'degraded': { const step: string = outcome.next_step; void step; break; }
  default: { const never: never = outcome; void never; }
}
export {};`;
      expect(errorsOf(IMPORT + use)).toEqual([]);
    });

    test.each(["{ intent: 'remote' }", '{}', '{ intent: DaemonIntent.LOCAL_ONLY, explict: true }'])(
      'that refuse %s',
      (options) => {
        expect(errorsOf(`${IMPORT}void ensureSyncDaemon(${options});\nexport {};`)).toHaveLength(1);
      },
    );
  });
});
