import type { ProcessDescription } from './evidence.js';

/**
 * Names the program of a process for its user, such as `node server.js`: the base name of its executable, and of an
 * interpreter also the base name of its script. No other argument is ever named, because it may be a secret (pitfall
 * 31).
 * @returns null if the executable could not be read
 */
export function programOf(process: ProcessDescription): string | null {
  const { executable } = process;
  if (!executable.ok) return null;
  const script = scriptOf(process);
  return script === null ? baseName(executable.value) : `${baseName(executable.value)} ${script}`;
}

/**
 * Returns the base name of the script that an interpreter runs, or null: the first argument that is no option, if it has
 * the suffix of a script, or is a path and nothing precedes it. Code and modules on the command line (`-c`, `-e`, `-m`)
 * are no script.
 */
export function scriptOf({ argv, executable }: ProcessDescription): string | null {
  if (!argv.ok || !executable.ok) return null;
  if (argv.value.script !== undefined) return argv.value.script;
  if (!argv.value.exact || !INTERPRETER.test(baseName(executable.value))) return null;
  const [, ...words] = argv.value.elements;
  const index = words.findIndex((word) => !word.startsWith('-'));
  const word = words[index];
  if (word === undefined || !PLAIN_PATH.test(word)) return null;
  if (words.slice(0, index).some((option) => RUNS_CODE.test(option))) return null;
  return (index === 0 && word.includes('/')) || SCRIPT_SUFFIX.test(word) ? baseName(word) : null;
}

function baseName(path: string): string {
  return path.replace(/ \(deleted\)$/, '').replace(/^.*\//s, '');
}

const INTERPRETER = /^(?:node|nodejs|deno|bun|python|pypy|ruby|perl|php|java|bash|dash|sh|zsh)[\d.]*$/;

/** One path without blanks, so that neither code nor a text with a password is taken for a path. */
const PLAIN_PATH = /^[\w./~+-]*[\w+-]$/;

/** Options of these interpreters whose value is code, or the name of a module. */
const RUNS_CODE = /^(?:-(?!jar$)[A-Za-z]*[cemprE]|--eval|--print|--require|--import)$/;

const SCRIPT_SUFFIX = /\.(?:[cm]?[jt]s|pyc?|pyz|rb|pl|php|jar|sh)$/;
