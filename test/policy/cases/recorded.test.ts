import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { describeIf, hasNetworkNamespace, hasPython } from '../../support/requires.js';
import { createWorld, type World } from '../../support/world.js';

const BASE = readFileSync('policy/cases.yaml', 'utf8').split('cases:')[0] ?? '';

describeIf([hasNetworkNamespace, hasPython], 'saved scans as cases', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    await world.startDaemon({ port: 9402, version: '3.1.4' });
    await world.startPlainHttp(9420);
    await world.run(['auth', 'doctor', '--save-facts', `${world.folder}/facts.json`]);
  });
  afterAll(async () => {
    await world.close();
  });

  const ROWS = [
    '{ port: 9401, class: safe_auto, rule: proven-orphan }',
    '{ port: 9402, class: operator_required, reason: pre_marker, rule: pre-marker }',
    '{ port: 9420, address: 127.0.0.1, class: never_touch, reason: third_party, rule: third-party }',
  ];
  const testWith = (rows: readonly string[], facts = 'facts.json') => {
    const list = rows.map((row) => `      - ${row}\n`).join('');
    writeFileSync(
      `${world.folder}/cases.yaml`,
      `${BASE}cases: []\nrecorded:\n  - facts: ${facts}\n    then:\n${list}`,
    );
    return world.run(['policy', 'test', `${world.folder}/cases.yaml`, '--json']);
  };

  test('are evaluated again, each candidate as a case', async () => {
    const { json } = await testWith(ROWS);
    expect(json()).toMatchObject({ tested: { cases: 3, states: 3 } });
    expect(JSON.stringify(json())).not.toContain('failing-case');
  });
  test('fail if a candidate gets another verdict', async () => {
    const { code, json } = await testWith([
      ...ROWS.slice(1),
      ROWS[0]?.replace('safe_auto', 'never_touch, reason: third_party') ?? '',
    ]);
    expect(code).toBe(1);
    expect(JSON.stringify(json())).toContain('facts.json, port 9401');
  });
  test.each([
    [
      'a candidate without an expected verdict',
      ROWS.slice(0, 2),
      'no verdict is expected for 127.0.0.1 port 9420',
    ],
    [
      'a port without a listener',
      [...ROWS, '{ port: 9449, class: safe_auto, rule: proven-orphan }'],
      'has 0 candidates on port 9449',
    ],
  ])('must match the expectations one to one: %s', async (_name, rows, problem) => {
    const { code, json } = await testWith(rows);
    expect(code).toBe(2);
    expect(JSON.stringify(json())).toContain(problem);
  });
  test('are reported if a file is missing or is not a saved scan', async () => {
    expect((await testWith(ROWS, 'none.json')).stdout).toContain('there is no such file');
    expect((await testWith(ROWS, 'cases.yaml')).stdout).toContain('it is not JSON');
  });
  test('are refused without being read if there are too many, because a pull request names them', async () => {
    const row = `  - facts: none.json\n    then: [${ROWS[0] ?? ''}]\n`;
    writeFileSync(`${world.folder}/cases.yaml`, `${BASE}cases: []\nrecorded:\n${row.repeat(2000)}`);
    const { code, stdout } = await world.run(['policy', 'test', `${world.folder}/cases.yaml`, '--json']);
    expect(code).toBe(2);
    expect(stdout).toContain('more than 50 recordings');
    expect(stdout).not.toContain('there is no such file');
  });
  test('are refused if they have too many candidates, even if one file is named many times', async () => {
    const facts = JSON.parse(readFileSync(`${world.folder}/facts.json`, 'utf8')) as {
      listeners: { value: { socket: object }[] };
    };
    const [one] = facts.listeners.value;
    facts.listeners.value = Array.from({ length: 3000 }, (_, index) => {
      const address = `127.9.${index >> 7}.${index & 127}`;
      return { ...one, socket: { ...one?.socket, address, inode: index + 1 } };
    });
    writeFileSync(`${world.folder}/crowd.json`, JSON.stringify(facts));
    const row = `  - facts: crowd.json\n    then: [${ROWS[0] ?? ''}]\n`;
    writeFileSync(`${world.folder}/cases.yaml`, `${BASE}cases: []\nrecorded:\n${row.repeat(30)}`);
    const { code, stdout } = await world.run(['policy', 'test', `${world.folder}/cases.yaml`, '--json']);
    expect(code).toBe(2);
    expect(stdout).toContain('more than 2000 candidates');
    expect(Buffer.byteLength(stdout)).toBeLessThan(50_000);
  });
});
