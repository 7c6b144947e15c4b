import { describe, expect, test } from '@jest/globals';
import { ownCommandLine, parseSpawnShape } from '../../src/model/spawn-command.js';
import { dashboardArgv, markedArgv, ownArgv, PYTHON, ROOT, TOKEN } from '../builders/evidence.js';

const parse = (elements: readonly string[], exact = true) => parseSpawnShape('sync', { elements, exact });

describe('exact command lines are recognised', () => {
  test('Python 3.2.0 and later', () => {
    expect(parse(markedArgv(9405))).toEqual({
      generation: 'marked',
      port: 9405,
      token: TOKEN,
      root: ROOT,
      executable: PYTHON,
    });
  });
  test('a token None is no token', () => {
    expect(parse(markedArgv(9405, null))).toMatchObject({ generation: 'marked', token: null });
  });
  test('pre-marker: three elements, two lines', () => {
    const script = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9405, '${TOKEN}')\n`;
    const shape = { generation: 'pre-marker', port: 9405, token: TOKEN };
    expect(parse(['/opt/venv with space/bin/python', '-c', script])).toEqual(shape);
    expect(parse(['python3.10', '-c', script.trimEnd()])).toEqual(shape);
  });
  test.each([
    '/opt/homebrew/Cellar/python@3.12/3.12.4/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python',
    '/Library/Frameworks/Python.framework/Versions/3.13/Resources/Python.app/Contents/MacOS/Python',
    '/Applications/Xcode.app/Contents/Developer/Library/Frameworks/Python3.framework/Versions/3.9/Resources/Python.app/Contents/MacOS/Python',
    '/opt/homebrew/opt/python@3.12/bin/python3.12',
    '/Users/me/.local/share/uv/tools/spec-kitty-cli/bin/python',
    '/Users/me/.local/share/uv/python/cpython-3.13.1-macos-aarch64-none/bin/python3.13t',
    '/Users/me/.pyenv/versions/3.11.9/bin/python3.11',
    '/Users/me/My Projects/kitty/.venv/bin/python3',
    '/usr/local/bin/python3-intel64',
  ])('the interpreters of a Mac: %s', (interpreter) => {
    expect(parse([interpreter, ...markedArgv(9405).slice(1)])).toMatchObject({ generation: 'marked' });
  });
  test('a daemon of this program: an id, and no mention of the Python function', () => {
    expect(parse(ownArgv(9405))).toEqual({ generation: 'own', port: 9405, id: 'a'.repeat(32), root: ROOT });
    expect(ownArgv().join(' ')).not.toContain('run_sync_daemon');
  });
});

describe('any other command line is rejected (pitfalls 10 and 37)', () => {
  const good = markedArgv();
  const script = good[2] ?? '';
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['an editor whose argument mentions the daemon (pitfall 10)', ['vim', '-c', script, ...good.slice(3)]],
    ['grep for the daemon (pitfall 10)', ['grep', '-r', 'run_sync_daemon', '.']],
    ['a shell that carries the script', ['/bin/sh', ...good.slice(1)]],
    ['one more element', [...good, '--verbose']],
    ['a missing marker', good.slice(0, 4)],
    ['markers in the other order', [...good.slice(0, 3), good[4] ?? '', good[3] ?? '']],
    ['an empty root', [...good.slice(0, 3), '--spec-kitty-daemon-root=', good[4] ?? '']],
    ['a line before the script', [good[0] ?? '', '-c', `print()\n${script}`, ...good.slice(3)]],
    ['a line after the script', [good[0] ?? '', '-c', `${script}print()\n`, ...good.slice(3)]],
    [
      'a token with an escape',
      [good[0] ?? '', '-c', script.replace(TOKEN, String.raw`\'`), ...good.slice(3)],
    ],
    ['everything in one argument', [good.join(' ')]],
    ['a daemon of this program with a PID as its id', ownArgv(9401, '4711')],
    ['a daemon of this program from a script of another name', ['node', '/tmp/x.js', ...ownArgv().slice(2)]],
    ['no element', []],
  ];
  test.each(cases)('%s', (_name, elements) => {
    expect(parse(elements)).toBeNull();
  });
  test('a command line whose boundaries are not exact', () => {
    expect(parse(good, false)).toBeNull();
  });
});

describe('dashboards', () => {
  const asDashboard = (elements: readonly string[]) =>
    parseSpawnShape('dashboard', { elements, exact: true });
  const shape = { generation: 'dashboard', port: 9240, token: TOKEN, root: '/home/me/project' };
  const [python = '', flag = '', script = ''] = dashboardArgv();
  const withScript = (text: string): string[] => [python, flag, text];

  test('of every release, with or without a comment and a fourth argument', () => {
    expect(asDashboard(dashboardArgv())).toEqual(shape);
    expect(asDashboard(withScript(script.replace(/^# .*\n/gm, '')))).toEqual(shape);
    expect(asDashboard(withScript(script.replace(`'${TOKEN}')`, `'${TOKEN}', None)`)))).toEqual(shape);
    expect(asDashboard(withScript(script.replace(`'${TOKEN}')`, `'${TOKEN}', 7)`)))).toEqual(shape);
    expect(asDashboard(dashboardArgv(9240, null))).toEqual({ ...shape, token: null });
    const quoted = script.replace("Path('/home/me/project')", `Path("/home/me/it's mine")`);
    expect(asDashboard(withScript(quoted))).toEqual({ ...shape, root: "/home/me/it's mine" });
  });
  test('of this program: the command line that starts one is parsed again', () => {
    const own = { port: 9240, id: 'a'.repeat(32), root: '/home/me/project' };
    const argv = ownCommandLine('dashboard', ['/usr/bin/node', '/opt/dist/dashboard-server.cjs'], own);
    expect(asDashboard(argv)).toEqual({ generation: 'own', ...own });
    expect(parse(argv)).toBeNull();
  });
  test('a daemon of one family is not recognised as the other (C-001)', () => {
    expect(parse(dashboardArgv())).toBeNull();
    expect(asDashboard(markedArgv())).toBeNull();
    expect(asDashboard(ownArgv())).toBeNull();
  });
  test.each([
    ['a line before the script', `print()\n${script}`],
    ['a line after the call', `${script}print()\n`],
    ['a line between', script.replace('from specify_cli', 'print()\nfrom specify_cli')],
    ['a path that is computed', script.replace("Path('/home/me/project')", "Path('/home/me' + 'x')")],
    ['a path with an escape', script.replace('/home/me/project', '/home/me/\\x41')],
    ['an empty project', script.replace('/home/me/project', '')],
    ['another function', script.replaceAll('run_dashboard_server', 'run_server')],
  ])('%s is rejected', (_what, text) => {
    expect(asDashboard(withScript(text))).toBeNull();
  });
  test('one more element, and another program, are rejected', () => {
    expect(asDashboard([...dashboardArgv(), '--verbose'])).toBeNull();
    expect(asDashboard(['/bin/sh', flag, script])).toBeNull();
  });
});
