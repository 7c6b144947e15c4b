import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import {
  hasPortableTools,
  HIDE_SYSTEMINFORMATION,
  listenersIn,
  pathWith,
  PORTABLE,
  PRETEND_DARWIN,
} from '../support/portable.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { HOSTED } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const SECRET_ARGUMENT = '--password=hunter2';

describeIf([hasNetworkNamespace, hasPython, hasPortableTools], 'limits of the portable collector', () => {
  let world: World;
  let daemon: Daemon;
  let exact: DoctorReport;
  beforeAll(async () => {
    // Other tests keep `ps` of the whole machine waiting.
    world = await createWorld({ init: 'reaps' });
    daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
    await world.startPlainHttp(9402, { address: '::1', extraArguments: [SECRET_ARGUMENT] });
    exact = (await doctor(world)).report;
  });
  afterEach(async () => {
    expect(listenersIn((await doctor(world)).report)).toEqual(listenersIn(exact));
  });
  afterAll(async () => {
    await world.close();
  });

  test('without `ss` and `netstat` the scan fails with exit code 2 instead of reporting no listeners (pitfall 29)', async () => {
    const env = { PATH: pathWith(world, 'ps') };
    for (const words of [[], ['--reset']]) {
      const { report, code } = await doctor(world, [...PORTABLE, ...words], { env });
      expect(code).toBe(2);
      expect(report.scope.could_not_look).toContain('`netstat` is missing');
      expect(report.findings.map(({ id }) => id)).toEqual(['could_not_look']);
    }
  });

  test('without `ps` it reports the listeners without their processes', async () => {
    const { report } = await doctor(world, PORTABLE, { env: { PATH: pathWith(world, 'ss') } });
    expect(listenersIn(report)).toEqual(listenersIn(exact));
    expect(candidateOn(report, 9401)).toMatchObject({
      executable_summary: null,
      cost: { uid: null, resident_bytes: null, cpu_seconds: null, started_at: null },
    });
  });

  test('a tool that names wrong processes is not believed: every PID is unknown', async () => {
    const path = pathWith(world, 'ps', 'sed');
    const liar = join(path, 'netstat');
    writeFileSync(liar, '#!/bin/sh\n/bin/netstat "$@" | sed "s,[0-9]*/,1/,"\n', { mode: 0o755 });
    const { report } = await doctor(world, PORTABLE, { env: { PATH: path } });
    expect(report.candidates.map(({ pid }) => pid)).toEqual(exact.candidates.map(() => null));
  });

  test('off Linux it is the default, is named in the report, and prints commands of that system', async () => {
    const { report } = await doctor(world, [], { env: PRETEND_DARWIN });
    expect(report.scope.collector).toBe('systeminformation');
    expect(listenersIn(report)).toEqual(listenersIn(exact));
    const { pid, remediation } = candidateOn(report, 9401);
    expect(remediation?.command).toBe(`ps -ww -o pid,user,lstart,command -p ${String(pid)}`);
    expect(report.findings.find(({ id }) => id === 'shown_only')?.summary).toContain('on darwin');
  });

  test('saved facts contain no secret, and a replay gives the same verdicts', async () => {
    const saved = `${world.folder}/facts.json`;
    const { report } = await doctor(world, [...PORTABLE, '--save-facts', saved]);
    const text = readFileSync(saved, 'utf8');
    for (const secret of [daemon.token, SECRET_ARGUMENT]) expect(text).not.toContain(secret);
    const replayed = await doctor(world, ['--facts', saved]);
    expect(replayed.report.scope.collector).toBe('systeminformation');
    expect(replayed.report.candidates).toEqual(report.candidates);
  });

  test.each([
    ['sync', 'stop'],
    ['dashboard', '--stop'],
  ])('off Linux `%s %s` stops no process', async (...words) => {
    const { code, stdout, stderr } = await world.run(words, { env: PRETEND_DARWIN });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('daemons are stopped on Linux only; this is darwin\nnext step: ');
    expect([daemon.alive(), daemon.journal().shutdownTokens]).toEqual([true, []]);
  });

  test.each([
    ['now', 0, ''],
    ['start', 1, 'spec-kitty: no daemon was started\nnext step: run it on Linux\n'],
  ])('off Linux `sync %s` is skipped', async (word, exitCode, errors) => {
    const { code, stdout, stderr } = await world.run(['sync', word], {
      env: { ...PRETEND_DARWIN, ...HOSTED },
    });
    expect({ code, stdout, stderr }).toEqual({
      code: exitCode,
      stdout: expect.stringContaining('sync skipped (unsupported_platform)'),
      stderr: errors,
    });
  });

  test.each([
    ['procfs', PRETEND_DARWIN, 'Linux only; this is darwin'],
    ['libproc', {}, 'macOS only; this is linux'],
  ])('--collector %s on another system is a usage error', async (name, env, where) => {
    const { code, stdout, stderr } = await world.run(['auth', 'doctor', '--collector', name], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`\`--collector ${name}\` works on ${where}`);
  });
});

describeIf([hasNetworkNamespace, hasPython], 'systeminformation is loaded only when it is chosen', () => {
  const env = HIDE_SYSTEMINFORMATION;
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    await world.startDaemon({ port: 9401, version: '3.2.3' });
  });
  afterEach(async () => {
    await world.close();
  });

  test('without it the /proc collector works, and choosing it reports a failed scan', async () => {
    expect(verdictOn((await doctor(world, [], { env })).report, 9401)).toBe('safe_auto');
    const { report, code } = await doctor(world, PORTABLE, { env });
    expect(code).toBe(2);
    expect(report.scope.could_not_look).toBe('systeminformation failed (MODULE_NOT_FOUND)');
  });
});
