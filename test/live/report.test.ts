import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { DoctorReport } from '../../src/report/report.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'the report', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('shows our own root as such when it is given by a link', async () => {
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    const link = `${world.folder}/link`;
    symlinkSync(world.root, link);
    const { stdout } = await world.run(['auth', 'doctor'], { env: { SPEC_KITTY_HOME: link } });
    expect(stdout).toMatch(/^9401 .*this one$/m);
  });

  test('shortens a version of 4000 characters in the table', async () => {
    const healthPatch = { package_version: 'x'.repeat(4000) };
    await world.startDaemon({ port: 9401, version: '3.2.4', healthPatch });
    const { stdout } = await world.run(['auth', 'doctor']);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(200);
  });

  test('prints a command that moves an unusable identity record', async () => {
    const folder = `${world.root}/sync/daemon/identity`;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of ['a', 'b']) writeFileSync(`${folder}/${name}.json`, '{', { mode: 0o600 });
    const findings = async (): Promise<DoctorReport['findings']> =>
      (await doctor(world)).report.findings.filter(({ id }) => id === 'record_unusable');
    const [finding] = await findings();
    expect(finding?.summary).toMatch(/a\.json cannot be used: .*, and 1 more like it$/);
    expect((await world.shell(finding?.remediation?.command ?? 'false')).code).toBe(0);
    expect(await findings()).toMatchObject([
      { summary: expect.stringMatching(/b\.json cannot be used: .*\w$/) },
    ]);
  });

  test('reports a root that is not a directory, once', async () => {
    const file = `${world.folder}/file`;
    writeFileSync(file, '');
    const { code, report } = await doctor(world, [], { env: { SPEC_KITTY_HOME: file } });
    expect({ code, findings: report.findings }).toEqual({
      code: 1,
      findings: [
        {
          id: 'own_root_unusable',
          severity: 'attention',
          summary: `the runtime root ${file} cannot be used: not a directory`,
          remediation: { command: null, effect: 'set SPEC_KITTY_HOME to a folder' },
        },
      ],
    });
  });

  test('omits a journal entry without a valid time', async () => {
    const act = { act: 'a', event: 'intent', at: 'x', asked_by: 'me', pid: 1, port: 2 };
    mkdirSync(`${world.root}/sync/daemon`, { recursive: true });
    writeFileSync(`${world.root}/sync/daemon/journal.jsonl`, `${JSON.stringify(act)}\n`);
    expect((await doctor(world)).report.recent).toEqual([]);
  });

  test.each([
    ['0.0.0.0', 'http://127.0.0.1:9401/api/health'],
    ['::1', 'http://[::1]:9401/api/health'],
  ])('names the URL of the probe: a listener on %s, probed at %s', async (address, url) => {
    await world.startDaemon({ port: 9401, version: '3.2.3', address });
    const { evidence } = candidateOn((await doctor(world)).report, 9401, address);
    expect(evidence).toContainEqual(expect.objectContaining({ fact: 'responder', source: `GET ${url}` }));
  });
});
