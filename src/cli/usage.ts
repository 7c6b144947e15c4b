import type { Command, CommanderError } from 'commander';
import { formatTarget, parseTarget } from '../model/target.js';
import { editDistance } from '../text/edit-distance.js';
import type { Failure } from './output.js';
import { HELP, SHORT_FORMS } from './short-forms.js';

/**
 * Says what is wrong with a command line, and what to type instead. A word is suggested only if it is near to what was
 * typed: a far one would be another command than the one that was meant.
 */
export function usageFailure(error: CommanderError, program: Command, words: readonly string[]): Failure {
  const { command, path } = commandAt(program, words);
  const message = error.message.replace(/^error: /, '');
  const [, word = ''] = /'(.*)'/s.exec(message) ?? [];
  const isGroup = command.commands.length > 0;
  if (error.code === 'commander.help' || (isGroup && word === '--json')) return noCommand(path);
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownCommand(command, path, word);
    case 'commander.unknownOption':
      return unknownOption(command, path, word, words);
    case 'commander.excessArguments':
      return { message, more: didYouMean(optionNamed(command, words)), remedy: SEE_HELP };
    case 'commander.invalidArgument':
      return invalidArgument(message, word);
    default:
      return { message: message.replaceAll("'", '`'), remedy: SEE_HELP };
  }
}

const SEE_HELP = 'run it with `--help` to see its arguments and options';

/** Finds the command that words name: as many of the first words as are commands. */
export function commandAt(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly path: readonly string[] } {
  let command = program;
  const path: string[] = [];
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (!child) break;
    command = child;
    path.push(word);
  }
  return { command, path };
}

function noCommand(path: readonly string[]): Failure {
  const remedy = `run \`spec-kitty ${[...path, '--help'].join(' ')}\` to see ${path.length === 0 ? 'the' : 'its'} commands`;
  return { message: 'no command given', remedy };
}

export function unknownCommand(command: Command, path: readonly string[], word: string): Failure {
  const names = command.commands.map((child) => child.name());
  const known = path.length === 0 ? [...names, HELP.name, ...Object.keys(SHORT_FORMS)] : names;
  const meant = path.length === 0 ? (COMMAND_GUESSES.get(word) ?? syncCommandOf(command, word)) : null;
  return {
    message: `unknown command \`${word}\``,
    more: didYouMean(meant ?? nearWord(word, known)),
    remedy: `run \`spec-kitty ${[...path, '--help'].join(' ')}\`; the command may belong to the Python program of the same name`,
  };
}

/** What users try for a command at the top. */
const COMMAND_GUESSES: ReadonlyMap<string, string> = new Map(
  (
    [
      ['auth doctor --reset', ['reset', 'clean', 'cleanup', 'kill', 'prune', 'fix']],
      ['auth doctor', ['list', 'ls', 'ps', 'orphans', 'scan', 'daemons']],
      ['auth doctor --explain', ['explain', 'why']],
      ['sync logs', ['log']],
    ] as const
  ).flatMap(([meant, words]) => words.map((word) => [word, meant] as const)),
);

/** Returns the command of `sync` with this name, for a user who left out `sync`; null if there is none. */
function syncCommandOf(program: Command, word: string): string | null {
  const sync = program.commands.find((child) => child.name() === 'sync');
  return sync?.commands.some((child) => child.name() === word) ? `sync ${word}` : null;
}

function unknownOption(
  command: Command,
  path: readonly string[],
  word: string,
  words: readonly string[],
): Failure {
  const [name = '', value = words[words.indexOf(word) + 1] ?? ''] = word.split('=');
  const isDoctor = path.join(' ') === 'auth doctor';
  if (isDoctor && TARGET_GUESSES.includes(name)) {
    const target = parseTarget(name.startsWith('--pid') ? `pid:${value}` : value);
    const bare = target ? formatTarget(target) : '9405';
    const doctor = 'spec-kitty auth doctor';
    return {
      message: `unknown option \`${name}\``,
      remedy: `targets are given bare: \`${doctor} --reset ${bare}\` retires it, \`${doctor} --explain ${bare}\` shows what it is`,
    };
  }
  const known = [...command.options.flatMap(({ long }) => long ?? []), '--help'];
  if (path.length === 0 && word === '-v')
    return { message: 'unknown option `-v`', more: didYouMean('-V'), remedy: SEE_HELP };
  if (isDoctor && RESET_GUESSES.includes(name))
    return { message: `unknown option \`${word}\``, more: didYouMean('--reset'), remedy: SEE_HELP };
  return { message: `unknown option \`${word}\``, more: didYouMean(nearWord(name, known)), remedy: SEE_HELP };
}

/** Returns the option that a word without its dashes names, as in `dashboard stop`; null if no word does. */
function optionNamed(command: Command, words: readonly string[]): string | null {
  const options = command.options.flatMap(({ long }) => long ?? []);
  return options.find((option) => words.includes(option.slice(2))) ?? null;
}

/** Says what is wrong with the value of an option. In `--only 9401`, the value is a target. */
function invalidArgument(message: string, word: string): Failure {
  const isTarget =
    word.startsWith('--only') && parseTarget(/argument '(.*)' is invalid/s.exec(message)?.[1] ?? '');
  return {
    message: message.replaceAll("'", '`'),
    remedy: isTarget
      ? `targets are given bare: \`spec-kitty auth doctor --reset ${formatTarget(isTarget)}\` retires it`
      : SEE_HELP,
  };
}

/** What is typed for `--reset`. */
const RESET_GUESSES: readonly string[] = ['--fix', '--clean', '--cleanup', '--kill', '--prune'];

/** What is typed for a target where other programs have an option. */
const TARGET_GUESSES: readonly string[] = ['--port', '--ports', '--pid', '--pids', '--target', '--targets'];

function didYouMean(word: string | null): readonly string[] {
  return word === null ? [] : [`(Did you mean ${word}?)`];
}

/**
 * Returns the known word that was meant: the only one that begins with what was typed, or one that a typing mistake
 * leads to. Null if there is none.
 */
function nearWord(word: string, known: readonly string[]): string | null {
  const letters = word.replace(/^-+/, '').length;
  if (letters < 2 || letters > LONGEST_WORD) return null;
  const beginning = known.filter((each) => each.startsWith(word));
  if (beginning.length === 1) return beginning[0] ?? null;
  const near = known
    .map((each) => ({ each, mistakes: isSwapped(word, each) ? 1 : editDistance(word, each) }))
    .filter(({ each, mistakes }) => mistakes === 1 || (mistakes === 2 && isAlike(word, each)))
    .sort((one, other) => one.mistakes - other.mistakes);
  return near[0]?.each ?? null;
}

/** Whether two letters side by side were typed in the wrong order. */
function isSwapped(word: string, known: string): boolean {
  let at = 0;
  while (at < word.length && word[at] === known[at]) at += 1;
  const swapped = `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`;
  return swapped === known;
}

/** Whether two mistakes still leave the same word: it is long, and begins with the same letter. */
function isAlike(word: string, known: string): boolean {
  const letters = word.replace(/^-+/, '');
  return letters.length >= LONG_WORD && known.replace(/^-+/, '').startsWith(letters.charAt(0));
}

const LONG_WORD = 5;
/** A longer word gets no suggestion, because the cost of the distance grows with the product of the lengths. */
const LONGEST_WORD = 64;
