import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { DoctorReport } from '../../src/report/report.js';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const SECRET_ARGUMENT = '--password=hunter2';

describeIf([hasNetworkNamespace, hasPython], 'saved facts', () => {
  let world: World;
  let elsewhere: World;
  let daemons: readonly Daemon[];
  let saved = '';
  let live: DoctorReport;
  beforeAll(async () => {
    [world, elsewhere] = await Promise.all([createWorld(), createWorld()]);
    const root = `${world.folder}/second/.spec-kitty`;
    daemons = [
      await world.startDaemon({ port: 9401, version: '3.2.2' }),
      await world.startDaemon({ port: 9402, version: '3.2.4' }),
      await world.startDaemon({ port: 9403, version: '3.1.4' }),
      await world.startDaemon({ port: 9404, version: '3.2.5', root }),
      await world.startDaemon({ port: 9405, version: '3.2.3', healthPatch: { token: 'other' } }),
    ];
    for (const daemon of [daemons[1], daemons[3]]) if (daemon) world.recordSingleton(daemon);
    await world.startRelay(9410, 9402);
    await world.startPlainHttp(9420, { extraArguments: [SECRET_ARGUMENT] });
    saved = `${world.folder}/facts.json`;
    live = (await doctor(world, ['--explain', '--save-facts', saved])).report;
  });
  afterAll(async () => {
    await Promise.all([world.close(), elsewhere.close()]);
  });

  test('give byte-identical verdicts and rule traces on another machine', async () => {
    const copy = `${elsewhere.folder}/facts.json`;
    writeFileSync(copy, readFileSync(saved));
    const replayed = await doctor(elsewhere, ['--explain', '--facts', copy]);
    expect(replayed.code).toBe(1);
    expect(replayed.report.candidates).toHaveLength(7);
    expect(JSON.stringify(replayed.report.candidates)).toBe(JSON.stringify(live.candidates));
    const [saying, ...findings] = replayed.report.findings;
    expect(saying).toMatchObject({ id: 'saved_facts', summary: expect.stringContaining(copy) });
    expect(JSON.stringify(findings)).toBe(JSON.stringify(live.findings));
    expect(replayed.report.daemon).toEqual(live.daemon);
  });

  test('contain no secret, and only their owner can read them', () => {
    const text = readFileSync(saved, 'utf8');
    for (const { token } of daemons) expect(text).not.toContain(token);
    expect(text).not.toContain(SECRET_ARGUMENT);
    expect(text).toContain('run_sync_daemon');
    expect(statSync(saved).mode & 0o777).toBe(0o600);
  });

  test('cannot be acted on', async () => {
    const { code, stderr } = await world.run(['auth', 'doctor', '--facts', saved, '--reset']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('it does not go with `--reset`'),
    });
    expect(daemons.every((daemon) => daemon.alive())).toBe(true);
  });

  test.each([
    ['missing', null, 'there is no such file'],
    ['no JSON', '{', 'it is not JSON'],
    ['something else', '{"a": 1}', "must have required property 'family'"],
    ['an undeclared kind', 'kind', 'must'],
  ])('are refused with a clear message: %s', async (_name, content, message) => {
    mkdirSync(`${world.folder}/bad`, { recursive: true });
    const path = `${world.folder}/bad/facts.json`;
    const text =
      content === 'kind' ? readFileSync(saved, 'utf8').replace('"kind": "known"', '"kind": "sure"') : content;
    if (text !== null) writeFileSync(path, text);
    const { code, stderr } = await world.run(['auth', 'doctor', '--facts', path]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('that cannot be written are an error, and the report is still printed', async () => {
    const { code, stdout, stderr } = await world.run([
      'auth',
      'doctor',
      '--save-facts',
      `${world.folder}/no/such/f`,
    ]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('cannot save the facts') });
    expect(stdout).toContain('9401');
  });
});
