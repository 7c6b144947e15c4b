/**
 * Writes `man/spec-kitty.1` from the program's own words; what those do not say stands below. With `--check`, nothing is
 * written, and a page that is not up to date is an error.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';

register('../bench/typescript-hooks.mjs', import.meta.url);
const { commandTree, everyCommand } = await import('../src/cli/completion.ts');
const { buildProgram } = await import('../src/cli/program.ts');
const { localMachine } = await import('../src/machine/local.ts');

const FILE = 'man/spec-kitty.1';
const page = pageOf(
  commandTree(buildProgram(localMachine(), { exitWith: () => undefined, writeOut: () => undefined })),
);
if (!process.argv.includes('--check')) {
  mkdirSync('man', { recursive: true });
  writeFileSync(FILE, page);
} else if (readFileSync(FILE, 'utf8') !== page) {
  console.error(`${FILE} is not what the program says: run \`npm run format\``);
  process.exitCode = 1;
}

/** In mdoc, which groff and mandoc both read. */
function pageOf(program) {
  const commands = everyCommand(program).filter((command) => command.commands.length === 0);
  return [
    '.Dd November 23, 2026',
    '.Dt SPEC-KITTY 1',
    '.Os',
    '.Sh NAME',
    '.Nm spec-kitty',
    '.Nd clean up the sync daemons that Spec Kitty upgrades left behind',
    '.Sh SYNOPSIS',
    ...commands.flatMap(({ path }) => ['.Nm', `.Cm ${words(path)}`, '.Op Ar option ...']),
    '.Sh DESCRIPTION',
    ...fold(
      'Finds every listener on the ports 9400 to 9449, proves from the evidence of the kernel who each one is, and gives it one of three classes by a reviewed policy.',
    ),
    '.Bl -tag -width operator_required',
    '.It Li safe_auto',
    'Provably a stale daemon of this root: retired by',
    '.Cm sync now',
    'and by a reset.',
    '.It Li operator_required',
    'A Spec Kitty daemon that leaves something open: retired by a reset only.',
    '.It Li never_touch',
    'Everybody else, and the daemon that is in use.',
    '.El',
    '.Pp',
    ...fold(
      'Nobody is signalled whose process cannot be held, by pidfd, from before the last look. Off Linux it only reports.',
    ),
    '.Sh COMMANDS',
    ...commands.flatMap(section),
    '.Sh ENVIRONMENT',
    ...list(
      [
        ['SPEC_KITTY_HOME', 'The runtime root, instead of ~/.spec-kitty.'],
        ['SPEC_KITTY_ENABLE_SAAS_SYNC', 'Hosted sync is wanted where it is 1, true, yes, y or on.'],
        ['SPEC_KITTY_SYNC_DISABLE', 'Keeps a daemon from being started by itself.'],
        ['SYNC_DAEMON_IDLE_RETIREMENT_SECONDS', 'How long a sync daemon without anything to do stays (900).'],
        ['DASHBOARD_IDLE_RETIREMENT_SECONDS', 'How long a dashboard that nobody looks at stays (3600).'],
        ['NO_COLOR', 'No colours, on a terminal too.'],
      ].map(([name, text]) => [`.Ev ${name}`, text]),
    ),
    '.Sh FILES',
    ...list(
      [
        ['~/.spec-kitty/sync-daemon', 'Names the recorded daemon.'],
        ['~/.spec-kitty/sync-daemon.log', 'What daemons say.'],
        ['~/.spec-kitty/sync/daemon/journal.jsonl', 'What was done to whom, by which rule.'],
        ['.kittify/.dashboard', 'Names the dashboard of a project.'],
      ].map(([name, text]) => [`.Pa ${name}`, text]),
    ),
    '.Sh EXIT STATUS',
    ...list([
      ['.Li 0', 'Done, and nothing needs attention.'],
      ['.Li 1', 'Done, and something needs attention.'],
      ['.Li 2', 'The job could not be done.'],
      ['.Li 3', 'Inconclusive; policy commands only.'],
    ]),
    '.Sh EXAMPLES',
    'From many orphans to none:',
    '.Bd -literal -offset indent',
    'spec-kitty auth doctor',
    'spec-kitty auth doctor --reset',
    '.Ed',
    '.Pp',
    'Why a port got its verdict:',
    '.Dl spec-kitty auth doctor --explain 9405',
    '.Sh SEE ALSO',
    '.Xr pidfd_open 2 ,',
    '.Xr proc 5 ,',
    '.Xr ss 8',
    '',
  ].join('\n');
}

function section({ path, description, options, arguments: args }) {
  return [
    `.Ss ${words(path)}`,
    ...fold(sentence(description)),
    ...list([
      ...args.map(({ name, description: text }) => [`.Ar ${escape(name)}`, sentence(text)]),
      ...options.map(({ flags, description: text }) => [flag(flags), sentence(text)]),
    ]),
  ];
}

function list(items) {
  return [
    '.Bl -tag -width Ds',
    ...items.flatMap(([tag, text]) => [`.It ${tag.slice(1)}`, ...fold(escape(text))]),
    '.El',
  ];
}

/** `--only <class>` */
function flag(flags) {
  const [name, ...values] = flags.split(/[ ,]+/);
  return `.Fl ${escape(name.slice(1))}${values.map((value) => ` Ar ${escape(value.replaceAll(/[<>[\]]/g, ''))}`).join('')}`;
}

function words(path) {
  return path.split(' ').map(escape).join(' ');
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.:]$/.test(whole) ? whole : `${whole}.`;
}

/** Each sentence begins a line, and no line is longer than a terminal is wide. */
function fold(text) {
  return text.split(/(?<=[.:]) (?=[A-Z])/).flatMap((whole) => {
    const lines = [''];
    for (const word of whole.split(' ')) {
      const line = lines.at(-1);
      if (line !== '' && line.length + word.length > 77) lines.push(word);
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return lines;
  });
}

/** A hyphen is a minus; a line that begins with a dot or a quote would be a request. */
function escape(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
