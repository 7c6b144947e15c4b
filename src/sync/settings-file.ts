import { parse, TomlError, type TomlTable } from 'smol-toml';
import type { Observer } from '../machine/machine.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';

/** A TOML file of the runtime root. One that is not there says nothing. */
export interface Settings {
  readonly path: string;
  readonly content: TomlTable;
}

const LONGEST_FILE = 1024 * 1024;

/** @returns the file, or in words what is wrong with it and where: `file:line:column` */
export function readSettings(observer: Observer, path: string): Result<Settings> {
  const file = observer.files.read(path, LONGEST_FILE);
  switch (file.kind) {
    case 'absent':
      return ok({ path, content: {} });
    case 'unreadable':
      return err(`${path}: ${file.why}`);
    case 'too_big':
      return err(`${path}: longer than ${file.limit} bytes`);
    case 'read':
      return parseSettings(path, file.text);
  }
}

/** A text in it, without the blanks around it; null where it is not there or empty. Anything else under this name is not guessed at. */
export function textAt({ path, content }: Settings, table: string, key: string): Result<string | null> {
  const found = tableAt({ path, content }, table);
  if (!found.ok) return found;
  const value = found.value[key];
  if (value === undefined) return ok(null);
  if (typeof value !== 'string') return err(`${path}: [${table}] ${key} is not a text`);
  return ok(strip(value) || null);
}

/** A table in it; an empty one where it is not there. */
export function tableAt({ path, content }: Settings, name: string): Result<TomlTable> {
  const value = content[name];
  if (value === undefined) return ok({});
  return isTable(value) ? ok(value) : err(`${path}: ${name} is not a table`);
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A byte order mark, and the escapes that came with TOML 1.1: releases take a file with one of them for an empty one. */
const UNREAD_BY_RELEASES = /^\uFEFF|\\[ex]/;

function parseSettings(path: string, text: string): Result<Settings> {
  if (text.includes('\uFFFD')) return err(`${path}: it is not UTF-8`);
  if (UNREAD_BY_RELEASES.test(text))
    return err(`${path}: it has a mark or an escape that releases cannot read`);
  try {
    return ok({ path, content: parse(text) });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its message goes on with a picture of the place, which in `credentials` may show a secret.
    const [what = ''] = error.message.split('\n');
    return err(`${path}:${error.line}:${error.column}: ${what}`);
  }
}
