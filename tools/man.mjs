/**
 * Writes `man/spec-kitty.1` from the program's commands and options, and the texts below. With `--check` it writes
 * nothing, and fails if the page is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';

register('../bench/typescript-hooks.mjs', import.meta.url);
const { commandTree, everyCommand } = await import('../src/cli/completion.ts');
const { buildProgram } = await import('../src/cli/program.ts');
const { HELP, SHORT_FORMS } = await import('../src/cli/short-forms.ts');
const { localMachine } = await import('../src/machine/local.ts');

const FILE = 'man/spec-kitty.1';
const page = pageOf(
  commandTree(buildProgram(localMachine(), { exitWith: () => undefined, writeHelp: () => undefined })),
);
if (!process.argv.includes('--check')) {
  mkdirSync('man', { recursive: true });
  writeFileSync(FILE, page);
} else if (readFileSync(FILE, 'utf8') !== page) {
  console.error(`${FILE} is out of date: run \`npm run format\``);
  process.exitCode = 1;
}

/** Returns the page in mdoc, a macro language that groff and mandoc both read. */
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
      'Finds every listener on the ports 9400 to 9449, identifies each one from evidence of the kernel, and gives it one of three classes by a reviewed policy.',
    ),
    '.Bl -tag -width operator_required',
    '.It Li safe_auto',
    ...fold('Safe to retire: a proven orphan of this runtime root. Retired by'),
    '.Cm sync now',
    'and by a reset.',
    '.It Li operator_required',
    ...fold('You decide: a Spec Kitty daemon that is not a proven orphan. Retired by a reset only.'),
    '.It Li never_touch',
    ...fold('Leave alone: the daemon that is in use, and every other program.'),
    '.El',
    '.Pp',
    ...fold(
      'Signals are sent only through a pidfd that was opened before the last check of the process. Off Linux it only reports.',
    ),
    '.Sh COMMANDS',
    'Short forms:',
    ...list(
      [
        ...Object.entries(SHORT_FORMS).map(([name, { description }]) => [name, sentence(description)]),
        [`${HELP.name} command`, sentence(HELP.description)],
      ].map(([name, text]) => [`.Cm ${escape(name)}`, text]),
    ),
    ...commands.flatMap(section),
    '.Sh ENVIRONMENT',
    ...list(
      [
        ['SPEC_KITTY_HOME', 'The runtime root, an absolute path, instead of ~/.spec-kitty.'],
        ['SPEC_KITTY_ENABLE_SAAS_SYNC', 'Opts in to hosted sync: 1, true, yes, y or on.'],
        ['SPEC_KITTY_SYNC_DISABLE', 'Keeps commands from starting a daemon, except sync start.'],
        ['SYNC_DAEMON_IDLE_RETIREMENT_SECONDS', 'Idle time after which a sync daemon retires (900).'],
        [
          'DASHBOARD_IDLE_RETIREMENT_SECONDS',
          'Time without a visitor after which a dashboard retires (3600).',
        ],
        [
          'BROWSER',
          'The browsers that dashboard --open tries before xdg-open, separated by colons; %s stands for the address.',
        ],
        ['NO_COLOR', 'No colours, also on a terminal.'],
      ].map(([name, text]) => [`.Ev ${name}`, text]),
    ),
    '.Sh FILES',
    ...list(
      [
        ['~/.spec-kitty/sync-daemon', 'Names the recorded daemon.'],
        ['~/.spec-kitty/sync-daemon.log', 'The log of sync daemons.'],
        ['~/.spec-kitty/sync/daemon/journal.jsonl', 'What was done to which daemon, and by which rule.'],
        ['.kittify/.dashboard', 'Names the dashboard of a project.'],
      ].map(([name, text]) => [`.Pa ${name}`, text]),
    ),
    '.Sh EXIT STATUS',
    ...list([
      ['.Li 0', 'Done, and nothing needs attention.'],
      ['.Li 1', 'Done, and something needs attention.'],
      ['.Li 2', 'The job could not be done.'],
      ['.Li 3', 'Policy commands only: neither proved nor disproved.'],
      ['.Li 130', 'A reset was interrupted with Ctrl-C; its report says what was done.'],
    ]),
    '.Sh EXAMPLES',
    'From many orphans to none:',
    '.Bd -literal -offset indent',
    'spec-kitty auth doctor',
    'spec-kitty auth doctor --reset',
    '.Ed',
    '.Pp',
    'One of them, and nothing else:',
    '.Dl spec-kitty auth doctor --reset 9405',
    'Why a port has its class:',
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

/** Formats an option with its short form and its values, such as `-h, --help` or `--only <class>`. */
function flag(flags) {
  const names = flags.split(', ').map((form) => {
    const [name, ...values] = form.split(' ');
    return `Fl ${escape(name.slice(1))}${values.map((value) => ` Ar ${escape(value.replaceAll(/[<>[\]]/g, ''))}`).join('')}`;
  });
  return `.${names.join(' , ')}`;
}

function words(path) {
  return path.split(' ').map(escape).join(' ');
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.:]$/.test(whole) ? whole : `${whole}.`;
}

/** Starts a new line for each sentence, and breaks lines at 80 characters. */
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

/**
 * Escapes text for roff: hyphens become minus signs, and a leading dot or quote is escaped, because it would start a
 * request.
 */
function escape(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
