import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSpawnShape } from '../../src/model/spawn-command.js';
import { dashboardArgv, markedArgv } from '../builders/evidence.js';
import { describeIf, hasPython } from '../support/requires.js';
import { inputs, readByPython } from './python.js';

/** Runs a script with modules that record its calls in place of the imported ones. */
const PYTHON = `
import sys, types

calls = []

def module(name, **members):
    sys.modules[name] = types.SimpleNamespace(**members)

for name in ("specify_cli", "specify_cli.sync", "specify_cli.dashboard"):
    module(name)
module("specify_cli.sync.daemon", run_sync_daemon=lambda *words: calls.append(words))
module("specify_cli.dashboard.server", run_dashboard_server=lambda *words: calls.append(words))
module("pathlib", Path=str)

def reading(script):
    calls.clear()
    exec(compile(script, "<string>", "exec"), {})
    return list(calls)
`;

const TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const port = fc.constantFrom(
  '9401',
  '9401',
  '09401',
  '0',
  '00',
  '9_401',
  '0x24b9',
  '9401.0',
  '+9401',
  '99999',
  '９４０１',
);
/** Characters that are put into texts, paths and comments. */
const odd = fc.constantFrom(
  '',
  '',
  '',
  '\r',
  '\f',
  '\t',
  '\v',
  '\\',
  '"',
  "'",
  '#',
  '\u2028',
  '\u0085',
  '{x}',
  'é',
  '\ufeff',
);
const token = fc.oneof(
  fc.constantFrom('None', `b'${TOKEN}'`, `r'${TOKEN}'`, `'a' 'b'`, 'True'),
  odd.map((char) => `'${TOKEN}${char}'`),
);
const last = fc.constantFrom('', '', ', None', ', 7', ', 07', ', -1');
const path = fc
  .tuple(odd, fc.constantFrom("'", '"'))
  .map(([char, quote]) => `${quote}/pro${char}ject${quote}`);
const end = fc.constantFrom('\n', '\n', '', '\r', ';', ' ');

const inSync = fc.tuple(fc.boolean(), port, token, end).map(([marked, number, text, ending]) => {
  const argv = markedArgv(1, null);
  const script = (argv[2] ?? '').replace('(1, None)\n', () => `(${number}, ${text})${ending}`);
  const shown = marked ? script : script.replace(/^import os\n.*\n/, '');
  return { family: 'sync' as const, elements: argv.with(2, shown).slice(0, marked ? 5 : 3), script: shown };
});
const inDashboard = fc
  .tuple(path, port, token, last, odd, end)
  .map(([project, number, text, more, char, ending]) => {
    const argv = dashboardArgv(1, null, 'P');
    const script = (argv[2] ?? '')
      .replace("(Path('P'), 1, None)\n", () => `(Path(${project}), ${number}, ${text}${more})${ending}`)
      .replace('# over', () => `# over${char}`);
    return { family: 'dashboard' as const, elements: argv.with(2, script), script };
  });

describeIf([hasPython], 'the script in a command line', () => {
  test('makes the call that is parsed from it, or is not parsed', () => {
    const all = inputs(fc.oneof(inSync, inDashboard));
    const theirs = readByPython(
      PYTHON,
      all.map(({ script }) => script),
    );
    let both = 0;
    for (const [index, { family, elements, script }] of all.entries()) {
      const shape = parseSpawnShape(family, { elements, exact: true });
      if (!shape || shape.generation === 'own') continue;
      both++;
      const words = [...(shape.generation === 'dashboard' ? [shape.root] : []), shape.port, shape.token];
      const calls = (theirs[index] as unknown[][] | null)?.map((call) => call.slice(0, words.length));
      expect({ script, calls }).toEqual({ script, calls: [words] });
    }
    expect(both).toBeGreaterThan(100);
  });
});
