import { parse, TomlError, type TomlTable } from 'smol-toml';
import type { Observer } from '../machine/machine.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';
import { inertName } from '../text/terminal.js';

/** A TOML file of the runtime root. An absent file has empty content. */
export interface Settings {
  readonly path: string;
  readonly content: TomlTable;
}

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads a TOML file. An absent file counts as empty.
 * @returns the parsed file, or a description of the error; a syntax error has its place as `file:line:column`
 */
export function readSettings(observer: Observer, path: string): Result<Settings> {
  const file = observer.files.read(path, MAX_FILE_BYTES);
  switch (file.kind) {
    case 'absent':
      return ok({ path, content: {} });
    case 'unreadable':
      return err(`${inertName(path)}: ${file.why}`);
    case 'too_big':
      return err(`${inertName(path)}: longer than ${file.limit} bytes`);
    case 'read':
      return parseSettings(path, file.text);
  }
}

/** Returns a string of a table, trimmed; null if absent or empty. A value of another type is an error. */
export function textAt({ path, content }: Settings, table: string, key: string): Result<string | null> {
  const found = tableAt({ path, content }, table);
  if (!found.ok) return found;
  const value = found.value[key];
  if (value === undefined) return ok(null);
  if (typeof value !== 'string') return err(`${inertName(path)}: [${table}] ${key} is not a string`);
  return ok(strip(value) || null);
}

/** Returns a table of the file; an empty table if absent. A value of another type is an error. */
export function tableAt({ path, content }: Settings, name: string): Result<TomlTable> {
  const value = content[name];
  if (value === undefined) return ok({});
  return isTable(value) ? ok(value) : err(`${inertName(path)}: ${name} is not a table`);
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A byte order mark, or an escape that TOML 1.1 added. Released programs treat a file with one of them as empty. */
const UNREADABLE_FOR_RELEASES = /^\uFEFF|\\[ex]/;

function parseSettings(path: string, text: string): Result<Settings> {
  if (text.includes('\uFFFD')) return err(`${inertName(path)}: it is not UTF-8`);
  if (UNREADABLE_FOR_RELEASES.test(text))
    return err(
      `${inertName(path)}: it has a byte order mark or an escape that released programs cannot read`,
    );
  try {
    return ok({ path, content: parse(text) });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only the first line of the message is shown: the others quote the file, and `credentials` may contain a secret.
    const [description = ''] = error.message.split('\n');
    return err(`${inertName(path)}:${error.line}:${error.column}: ${description}`);
  }
}
