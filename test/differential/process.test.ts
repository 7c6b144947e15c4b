import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readEnvironmentVariables } from '../../src/machine/linux/processes.js';
import { readProcess } from '../../src/machine/linux/processes.js';
import { describeIf, hasPython, python } from '../support/requires.js';
import { bytesOf, inputs } from './python.js';

/** What a Python process reports about itself. Bytes are in hex; null when the variable is not set. */
interface SelfReport {
  readonly pid: number;
  readonly argv: readonly string[];
  /** By name: the value of os.environ and the value of getenv(3) of the C library. */
  readonly variables: Readonly<Record<string, readonly (string | null)[]>>;
}

/**
 * Reads command lines and environments from stdin and starts a process for each with execve(2), which changes nothing.
 */
const PARENT = `
import ctypes, json, os, sys

CHILD = b'''
import ctypes, json, os, sys
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
def shown(value):
    return None if value is None else value.hex()
names = (b"HOME", b"SPEC_KITTY_HOME")
variables = {name.decode(): [shown(os.environb.get(name)), shown(getenv(name))] for name in names}
argv = [os.fsencode(word).hex() for word in sys.orig_argv]
print(json.dumps({"pid": os.getpid(), "argv": argv, "variables": variables}), flush=True)
sys.stdin.read()
'''

def array(strings):
    return (ctypes.c_char_p * (len(strings) + 1))(*strings, None)

execve = ctypes.CDLL(None).execve
given = json.loads(sys.stdin.readline())
for words, entries in given:
    argv = [sys.executable.encode(), b"-c", CHILD, *map(bytes.fromhex, words)]
    environment = array([bytes.fromhex(entry) for entry in entries])
    if os.fork() == 0:
        execve(argv[0], array(argv), environment)
        os._exit(1)
sys.stdin.read()
`;

const COUNT = 48;
const entry = fc.constantFrom(
  ...[
    'HOME=/a',
    'HOME=/a',
    'HOME=/b',
    'HOME=',
    'HOME',
    'HOME=/÷',
    'HOME=/a=b',
    '=HOME=/x',
    '',
    'HOMER=/x',
    'XHOME=/y',
  ],
  ...[
    'SPEC_KITTY_HOME=/r',
    'SPEC_KITTY_HOME=/s',
    'SPEC_KITTY_HOME=',
    'SPEC_KITTY_HOME=~/é',
    'home=/z',
    'A=÷',
    'LC_ALL=C',
  ],
);
const word = fc.constantFrom(
  '',
  ' ',
  'a b',
  '\n',
  '÷',
  '\ufffd',
  'é',
  "'",
  '--x=/a/../b',
  '-c',
  '\u2028',
  '\\',
);
const processes = fc.tuple(fc.array(word, { maxLength: 4 }), fc.array(entry, { maxLength: 6 }));

describeIf([hasPython], 'a running process', () => {
  let parent: ChildProcess;
  let reports: readonly SelfReport[];
  beforeAll(async () => {
    const given = inputs(processes, COUNT).map((lists) =>
      lists.map((texts) => texts.map((text) => bytesOf(text).toString('hex'))),
    );
    const started = spawn(python, ['-I', '-c', PARENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    parent = started;
    started.stdin.write(`${JSON.stringify(given)}\n`);
    const lines: SelfReport[] = [];
    for await (const line of createInterface(started.stdout)) {
      lines.push(JSON.parse(line) as SelfReport);
      if (lines.length === COUNT) break;
    }
    reports = lines;
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => parent.once('close', resolve));
    parent.stdin?.end();
    parent.stdout?.resume();
    await ended;
  });

  test('has the environment that it reports, or an unreadable one', () => {
    let unread = 0;
    for (const { pid, variables } of reports) {
      const ours = readEnvironmentVariables(pid, ['HOME', 'SPEC_KITTY_HOME']);
      if (!ours.ok) {
        unread++;
        continue;
      }
      const { HOME = null, SPEC_KITTY_HOME = null } = ours.value;
      const shown = { HOME: twice(HOME), SPEC_KITTY_HOME: twice(SPEC_KITTY_HOME) };
      expect(shown).toEqual(variables);
    }
    expect(unread).toBeLessThan(COUNT * 0.75);
  });

  test('has the command line that it reports, or an inexact one', () => {
    let exact = 0;
    for (const { pid, argv } of reports) {
      const reading = readProcess(pid);
      if (reading.kind !== 'alive' || !reading.process.argv.ok)
        throw new Error(`process ${pid} is not readable`);
      const ours = reading.process.argv.value;
      if (!ours.exact) continue;
      exact++;
      expect(ours.elements.map(hex)).toEqual(argv);
    }
    expect(exact).toBeGreaterThan(COUNT / 4);
  });
});

function twice(value: string | null): readonly (string | null)[] {
  const shown = value === null ? null : hex(value);
  return [shown, shown];
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
