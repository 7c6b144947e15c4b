import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { CALLS, PORT_CALLS } from './port/call-names.js';
import { pageWithGuardTable } from './guards-page.js';

/** Runs a program of the simulation, in a process of its own: it needs no module loader of Jest. */
async function run(
  program: 'run' | 'replay' | 'model-mutants',
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }> {
  const argv = ['--max-semi-space-size=64', `test/simulation/${program}.mjs`, ...words];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  // Tests that run at the same time measure real time; this does not.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const exited = once(child, 'exit');
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exited) as [number | null];
  return { code, output, errors };
}

const SCHEDULES = 10_000;

test('no schedule of a fixed range of seeds, or of a fresh one, violates a property (NFR-003, pitfall 6, pitfall 14, pitfall 15)', async () => {
  const seeds = ['--seeds', String(SCHEDULES)];
  for (const result of await Promise.all([run('run', ...seeds, '--seed', '1'), run('run', ...seeds)])) {
    const last = result.output.split('\n').at(-3);
    expect({ ...result, output: result.code === 0 ? last : result.output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(new RegExp(`^${SCHEDULES} schedules from seed \\d+ .* 0 violations$`)),
    });
    // The fresh seed, and the time.
    process.stdout.write(`${last}\n`);
  }
}, 600_000);

const ON_MACOS = 500;

test.each(['macos', 'macos-14.1'])(
  'no schedule of the world %s violates a property (NFR-003, pitfall 6)',
  async (world) => {
    const result = await run('run', '--world', world, '--seeds', String(ON_MACOS), '--seed', '1');
    expect(result).toMatchObject({ code: 0, output: expect.stringContaining(' 0 violations\n') });
    process.stdout.write(`${result.output.split('\n').at(-3)}\n`);
  },
);

test('a kernel of macOS that signals by PID alone, or has signals before 14.2, is a violation (pitfall 6)', async () => {
  const { output } = await run('model-mutants');
  expect(output.split('\n')).toEqual([
    expect.stringMatching(
      /^the version in an audit token is not compared: .* the journal has no intent for it$/,
    ),
    expect.stringMatching(/^signals before macOS 14\.2: .* this system has no signal for one incarnation$/),
    '',
  ]);
});

test('one seed gives the same trace twice', async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => run('run', '--seed', '946', '--seeds', '3', '--trace')),
  );
  const table = (output = ''): string => output.slice(0, output.indexOf('3 schedules from'));
  expect(table(one?.output)).toContain('collector.findOwners');
  expect(table(one?.output)).toBe(table(other?.output));
});

test.each([
  ['--seed', 'x', '--seed takes a whole number from 0 to 2147483647, not `x`'],
  ['--seed', '99999999999', '--seed takes a whole number'],
  ['--seeds', '0', '--seeds takes a whole number from 1'],
  ['--world', 'nowhere', 'there is no world `nowhere`'],
  ['--sed', '1', "Unknown option '--sed'"],
])('%s %s is refused with exit code 2', async (option, value, message) => {
  const { code, errors } = await run('run', option, value);
  expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining(message) });
});

test('without any one guard the product goes wrong in the run that is recorded for the guard, and right where it was once wrong (NFR-003, pitfall 6)', async () => {
  expect(await run('replay')).toMatchObject({ code: 0, output: '' });
}, 600_000);

test('the table of guards in the safety case is generated', async () => {
  const page = readFileSync('docs/safety-case.md', 'utf8');
  expect(await pageWithGuardTable(page)).toBe(page);
});

test('every function of the port has points at which others act, or a reason why not', () => {
  expect(CALLS.length).toBeGreaterThan(50);
  for (const reason of Object.values(PORT_CALLS)) expect(reason).toMatch(/^point$|^\w+ .+/);
});
