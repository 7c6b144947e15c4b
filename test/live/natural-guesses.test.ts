import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PACKAGE_VERSION } from '../../src/model/product.js';
import { INVOCATION } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'what is typed as a guess', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await world.startDaemon({ port: 9405, version: '3.2.3' });
  });
  afterAll(() => world.close());

  const helpOf = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.run([...words, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  test.each([[[]], [['auth']], [['sync']], [['policy']]])(
    'no command after %j: exit code 2, and the help of the commands on stderr',
    async (words) => {
      const { code, stdout, stderr } = await world.run(words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const called = [INVOCATION, ...words, '--help'].join(' ');
      expect(stderr).toMatch(/^spec-kitty: no command given\nnext step: run `/);
      expect(stderr).toContain(`run \`${called}\` to see`);
      expect(stderr.endsWith(`\n\n${await helpOf(...words)}`)).toBe(true);
    },
  );

  test('on a terminal too', async () => {
    const terminal = world.openTerminal([]);
    expect(await terminal.ended).toBe(2);
    expect(terminal.text()).toContain('From many orphans to none:');
  });

  test.each<readonly [readonly string[], readonly string[]]>([
    [['help'], []],
    [['-h'], []],
    [['help', 'auth'], ['auth']],
    [
      ['help', 'sync', 'start'],
      ['sync', 'start'],
    ],
    [
      ['help', 'doctor'],
      ['auth', 'doctor'],
    ],
    [
      ['doctor', '-h'],
      ['auth', 'doctor'],
    ],
    [
      ['help', 'status'],
      ['sync', 'status'],
    ],
    [
      ['sync', 'now', '-h'],
      ['sync', 'now'],
    ],
    [['help', 'help'], []],
    [['help', 'version'], []],
  ])('%j prints the help of %j, with exit code 0', async (words, command) => {
    const { code, stdout, stderr } = await world.run(words);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: await helpOf(...command), stderr: '' });
  });

  test.each([
    ['help', 'implement'],
    ['help', 'sync', 'implement'],
  ])('`%s` of an unknown command has exit code 2', async (...words) => {
    const { code, stdout, stderr } = await world.run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('unknown command `implement`');
  });

  test.each(['version', '-V', '--version'])('`%s` prints the version', async (word) => {
    const { code, stdout } = await world.run([word]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${PACKAGE_VERSION}\n` });
    expect((await world.run([word, '--json'])).json()).toMatchObject({ version: PACKAGE_VERSION });
  });

  test('`doctor` is `auth doctor`, and `status` is `sync status`, with their options and exit codes', async () => {
    const doctor = await world.run(['doctor', '--json']);
    expect(doctor.code).toBe(1);
    expect(doctor.json()).toMatchObject({ candidates: [{ port: 9405 }] });
    const explained = await world.run(['doctor', '--explain', '9405']);
    expect(explained.stdout).toContain('9405');
    const status = await world.run(['status', '--json']);
    expect({ code: status.code, report: status.json() }).toMatchObject({
      code: 0,
      report: { command: 'sync status' },
    });
  });

  describe('is answered with a word only if that word is near', () => {
    test.each<readonly [line: string, suggested: string | null]>([
      ['auth doctor --rest', '--reset'],
      ['auth doctor --expl', '--explain'],
      ['auth doctor --dryrun', '--dry-run'],
      ['auth doctor --verbose', null],
      ['auth doctor --force', null],
      ['auth doctor --port', null],
      ['sync stauts', 'status'],
      ['sync restart', null],
      ['policy chekc', 'check'],
      ['doctr', 'doctor'],
      ['stats', 'status'],
      ['implement', null],
      ['reset', 'auth doctor --reset'],
      ['clean', 'auth doctor --reset'],
      ['list', 'auth doctor'],
      ['explain 9405', 'auth doctor --explain'],
      ['start', 'sync start'],
      ['stop', 'sync stop'],
      ['log', 'sync logs'],
      ['-v', '-V'],
      ['doctor --fix', '--reset'],
      ['dashboard stop', '--stop'],
      ['dashboard sotp', null],
      ['auth reset', null],
      ['x'.repeat(200), null],
      ['doctr --help', 'doctor'],
      ['sync stauts --help', 'status'],
      ['--help polcy', 'policy'],
      ['implement --help', null],
    ])('`%s`: %s', async (line, suggested) => {
      const { code, stdout, stderr } = await world.run(line.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(/\(Did you mean (.*)\?\)/.exec(stderr)?.[1] ?? null).toBe(suggested);
    });

    test('`--only 9405`: a target is no class', async () => {
      const { code, stderr } = await world.run(['doctor', '--reset', '--only', '9405']);
      expect(code).toBe(2);
      expect(stderr).toContain(
        'targets are given bare: `' + INVOCATION + ' auth doctor --reset 9405` retires it',
      );
    });

    test.each([
      ['--port 9405', '9405'],
      ['--port=9405 --reset', '9405'],
      ['--reset --pid 4711', 'pid:4711'],
      ['--port', '9405'],
      ['--port $(reboot)', '9405'],
    ])('`auth doctor %s`: targets are given bare', async (words, target) => {
      const { code, stderr } = await world.run(['auth', 'doctor', ...words.split(' ')]);
      const doctor = `${INVOCATION} auth doctor`;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `spec-kitty: unknown option \`${words.includes('pid') ? '--pid' : '--port'}\`
next step: targets are given bare: \`${doctor} --reset ${target}\` retires it, \`${doctor} --explain ${target}\` shows what it is\n`,
      });
    });
  });
});
