import { isUtf8 } from 'node:buffer';
import type { Argv } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';

/** What a process was started with. */
export interface StartArguments {
  /** The path of the program, as execve(2) got it. */
  readonly path: string;
  readonly argv: Argv;
  /** The variables (`NAME=value`), as bytes. Empty if the kernel hides them. */
  readonly variables: readonly Buffer[];
}

/** Where the strings begin: after the number of arguments. */
const PATH_AT = 4;
/** The arguments begin at a multiple of this from there. */
const ALIGNMENT = 8;
/** Limit for a command line, in bytes, as on Linux. */
const LONGEST_COMMAND_LINE = 64 * 1024;

/**
 * Decodes `kern.procargs2`: the number of arguments, the path of the program, zeros up to a multiple of 8, the arguments,
 * and the environment. The zeros are counted and not skipped, because the first argument may be empty.
 */
export function decodeArguments(bytes: Buffer): Result<StartArguments> {
  const pathEnd = bytes.indexOf(0, PATH_AT);
  if (pathEnd <= PATH_AT) return err(UNKNOWN_FORM);
  const count = bytes.readInt32LE(0);
  const argvAt = PATH_AT + Math.ceil((pathEnd + 1 - PATH_AT) / ALIGNMENT) * ALIGNMENT;
  if (argvAt > bytes.length || bytes.subarray(pathEnd, argvAt).some((byte) => byte !== 0))
    return err(UNKNOWN_FORM);
  const elements: Buffer[] = [];
  let at = argvAt;
  while (elements.length < count) {
    const end = bytes.indexOf(0, at);
    if (end < 0) return err(UNKNOWN_FORM);
    if (end - argvAt > LONGEST_COMMAND_LINE)
      return err(`its command line is longer than ${LONGEST_COMMAND_LINE} bytes`);
    elements.push(bytes.subarray(at, end));
    at = end + 1;
  }
  if (elements.length === 0) return err('it has no arguments');
  const variables = stringsFrom(bytes, at);
  if (variables === null) return err(UNKNOWN_FORM);
  return ok({
    path: bytes.toString('utf8', PATH_AT, pathEnd),
    argv: {
      elements: elements.map((element) => element.toString('utf8')),
      exact: elements.every((element) => isUtf8(element)),
    },
    variables,
  });
}

const UNKNOWN_FORM = 'the kernel shows its arguments in an unknown form';

/** @returns the strings up to an empty one, or to the end; null if the last one has no end */
function stringsFrom(bytes: Buffer, start: number): readonly Buffer[] | null {
  const strings: Buffer[] = [];
  for (let at = start; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end === at) return strings;
    if (end < 0) return null;
    strings.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return strings;
}

/**
 * Returns the named variables of an environment, by the rules of Linux's `readEnvironmentVariables`: an error if a name
 * has two values, or a value is not UTF-8. An empty environment is an error, too, because the kernel hides that of some
 * programs.
 */
export function variablesNamed<Name extends string>(
  { variables }: StartArguments,
  names: readonly Name[],
): Result<Partial<Record<Name, string>>> {
  if (variables.length === 0) return err('the kernel does not show it');
  const found: Partial<Record<Name, string>> = {};
  for (const variable of variables) {
    const text = variable.toString('utf8');
    const name = names.find((wanted) => text.startsWith(`${wanted}=`));
    if (name === undefined) continue;
    if (!isUtf8(variable)) return err(`${name} is not UTF-8`);
    const value = text.slice(name.length + 1);
    if (found[name] !== undefined && found[name] !== value) return err(`it names ${name} more than once`);
    found[name] = value;
  }
  return ok(found);
}
