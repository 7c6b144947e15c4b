import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const validate = new Ajv().compile(
  JSON.parse(readFileSync('schemas/error-report.schema.json', 'utf8')) as object,
);

describeIf(
  [hasNetworkNamespace, hasPython],
  'bad input: a clear message, exit code 2, and no effect (pitfall 28)',
  () => {
    let world: World;
    let orphan: Daemon;
    beforeAll(async () => {
      world = await createWorld();
      orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    });
    afterAll(async () => {
      await world.close();
    });
    afterEach(() => {
      expect(orphan.alive()).toBe(true);
      expect(orphan.journal().shutdownTokens).toEqual([]);
    });

    /** Runs the command with --json and as text. @returns stderr of the text form */
    const refusal = async (words: readonly string[], options: RunOptions = {}): Promise<string> => {
      const json = await world.run([...words, '--json'], options);
      expect({
        code: json.code,
        stderr: json.stderr,
        errors: validate(json.json()) ? null : validate.errors,
      }).toEqual({
        code: 2,
        stderr: '',
        errors: null,
      });
      const text = await world.run(words, options);
      expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
      expect(text.stderr).toMatch(/^spec-kitty: .+\nnext step: .+\n$/s);
      return text.stderr;
    };

    test.each<readonly [readonly string[], string]>([
      [['auth', 'doctor', '--rest'], 'unknown option `--rest`\n(Did you mean --reset?)'],
      [['auth', 'docter'], 'unknown command `docter`\n(Did you mean doctor?)'],
      [['sink'], 'the command may belong to the Python program of the same name'],
      [['auth', 'doctor', 'extra'], 'a target is a sync port'],
      [['sync', 'status', 'extra'], 'too many arguments'],
      [['auth', 'doctor', '--explain', 'nonsense'], 'a target is a sync port (9400-9449) or pid:PID'],
      [['auth', 'doctor', '--explain', '80'], 'a target is a sync port'],
      [['auth', 'doctor', '--explain', 'pid:0'], 'a target is a sync port'],
      [['auth', 'doctor', '--explain', '9402'], 'nothing listens on port 9402'],
      [['auth', 'doctor', '--explain', 'pid:1'], 'PID 1 listens on no sync port'],
      [['auth', 'doctor', '--only', 'safe_auto'], 'goes with `--reset` only'],
      [['auth', 'doctor', '--dry-run'], 'goes with `--reset` only'],
      [['auth', 'doctor', '--dry-run', '9402'], '--reset --dry-run 9402` to see what a reset would do'],
      [
        ['auth', 'doctor', '--reset', '--only', 'never_touch'],
        'Allowed choices are safe_auto, operator_required',
      ],
      [['auth', 'doctor', '--policy', 'none.yaml'], 'none.yaml:1:1: it cannot be read: ENOENT'],
      [['policy', 'check', 'none.yaml'], 'none.yaml:1:1: it cannot be read: ENOENT'],
      [['policy', 'check', '.'], '.:1:1: it cannot be read: not a regular file'],
    ])('%j', async (words, message) => {
      expect(await refusal(words)).toContain(message);
    });

    test('no command, and a command group without a command', async () => {
      expect(await refusal([])).toContain('no command given');
      expect(await refusal(['auth'])).toContain('no command given');
      const json = (await world.run(['auth', '--json'])).json();
      expect(json).toMatchObject({ error: { message: 'no command given' } });
    });

    describe('policies', () => {
      const policyFile = (name: string, text: string): string => {
        mkdirSync(`${world.folder}/${name}`, { recursive: true });
        const path = `${world.folder}/${name}/policy.yaml`;
        writeFileSync(path, text);
        return path;
      };
      const shipped = readFileSync('policy/sync.yaml', 'utf8');
      test('an invalid value is reported with line, column and the nearest valid word', async () => {
        const path = policyFile(
          'invalid',
          shipped.replace('responder: dashboard }', 'responder: dashbord }'),
        );
        const message = await refusal(['auth', 'doctor', '--reset', '--policy', path]);
        expect(message).toContain(`${path}:32:24: \`dashbord\` is not a value of`);
        expect(message).toContain('did you mean `dashboard`?');
      });
      test('a policy that violates an invariant is refused', async () => {
        const path = policyFile(
          'loose',
          shipped.replace('recorded_singleton: no\n', 'recorded_singleton: [no, unknown]\n'),
        );
        expect(await refusal(['auth', 'doctor', '--reset', '--policy', path])).toContain(
          'admits no, unknown',
        );
      });
      test('a policy that others can write is refused', async () => {
        const path = policyFile('open', shipped);
        chmodSync(path, 0o666);
        expect(await refusal(['auth', 'doctor', '--reset', '--policy', path])).toContain(
          'can be written by others',
        );
      });
      test('a valid custom policy is used, and named in the report', async () => {
        const path = policyFile('own', `${shipped}\n# ours\n`);
        const { report } = await doctor(world, ['--policy', path]);
        expect(report.policy.source).toBe(path);
        expect(report.candidates).toMatchObject([{ cleanup_class: 'safe_auto' }]);
      });
    });

    test('SPEC_KITTY_HOME replaces a missing HOME', async () => {
      const { report } = await doctor(world, [], { unsetHome: true, env: { SPEC_KITTY_HOME: world.root } });
      expect(report.scope.root).toBe(world.root);
    });

    test('help and version are printed on stdout with exit code 0', async () => {
      const help = await world.run(['auth', 'doctor', '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toContain('Examples:');
      expect(await world.run(['--version'])).toMatchObject({ code: 0, stdout: '3.3.0\n' });
    });
  },
);

describeIf([hasNetworkNamespace, hasPython, isRoot], 'unusable roots', () => {
  const user = 12_345;
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  test('an unwritable root: a reset does nothing without its journal, and doctor still reports', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', uid: user });
    chmodSync(orphan.root, 0o500);
    chmodSync(`${orphan.root}/sync/daemon`, 0o500);
    const { stderr, code } = await world.run(['auth', 'doctor', '--reset'], { uid: user });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('EACCES') });
    expect(orphan.alive()).toBe(true);
    expect((await doctor(world, [], { uid: user })).report.candidates).toMatchObject([
      { cleanup_class: 'safe_auto' },
    ]);
  });

  test('a root of another user: a reset does not write to it or follow its links', async () => {
    chownSync(world.home, user, user);
    mkdirSync(world.root);
    const elsewhere = `${world.folder}/elsewhere`;
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, `${world.root}/sync`);
    chownSync(world.root, user, user);
    const { stderr, code } = await world.run(['auth', 'doctor', '--reset']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`belongs to user ${user}, and this command runs as user 0`),
    });
    expect([readdirSync(world.root), readdirSync(elsewhere)]).toEqual([['sync'], []]);
  });

  test('a missing root without listeners: a reset has nothing to do and does not create it (pitfall 28)', async () => {
    const { report, code } = await doctor(world, ['--reset']);
    expect({ code, swept: report.swept }).toEqual({ code: 0, swept: [] });
    expect(existsSync(world.root)).toBe(false);
  });

  test('an unreadable root: its state is unknown, and no healthy daemon is touched', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', uid: user });
    chownSync(orphan.root, 0, 0);
    chmodSync(orphan.root, 0o700);
    const { report } = await doctor(world, [], { uid: user });
    expect(report.candidates).toMatchObject([
      { cleanup_class: 'operator_required', skip_reason: 'singleton_unknown' },
    ]);
    expect(report.findings.map(({ id }) => id)).toContain('state_file_unusable');
    expect((await world.run(['auth', 'doctor', '--reset'], { uid: user })).code).toBe(2);
    expect(orphan.alive()).toBe(true);
  });
});
