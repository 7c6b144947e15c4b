import type { ErrorObject } from 'ajv';
import { DECIDING_FACTS, VOCABULARY } from '../model/policy-facts.js';
import type { FileKind } from './file-kind.js';
import { suggestion } from './nearest-word.js';
import type { YamlDocument } from './parse-yaml.js';
import type { PolicyProblem } from './problem.js';

type Words = Pick<PolicyProblem, 'check' | 'message' | 'hint'>;

/** Says what one schema error means to the author of the file: where, what, and what to do next. */
export function describe(
  error: ErrorObject,
  document: YamlDocument,
  kind: FileKind,
): Omit<PolicyProblem, 'file'> {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const unknownKey = parameter(error, 'additionalProperty');
  return { ...document.place(path, unknownKey), ...wordsFor(error, path, kind) };
}

function wordsFor(error: ErrorObject, path: readonly (string | number)[], kind: FileKind): Words {
  const name = path.length > 0 ? `\`${path.join('.')}\`` : kind.name;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, name);
    case 'enum': {
      const value = plain(error.data);
      return {
        check: path[0] === 'default' ? 'default' : 'unknown-word',
        message: `\`${value}\` is no value of ${name}`,
        hint: suggestion(value, wordsOf(error.schema)),
      };
    }
    case 'const':
      return {
        check: path[0] === 'default' ? 'default' : 'unknown-word',
        message: `\`${plain(error.data)}\` is no value of ${name}`,
        hint: `it can only be \`${plain(error.schema)}\``,
      };
    case 'required':
      return {
        check: MISSING[parameter(error, 'missingProperty') ?? ''] ?? 'form',
        message: `missing key \`${parameter(error, 'missingProperty') ?? ''}\` in ${name}`,
        hint: `add it: ${kind.page} shows the form`,
      };
    case 'minItems':
      return path[0] === 'facts'
        ? incompleteFact(error, name)
        : {
            check: path.includes('when') ? 'empty-when' : 'form',
            message: `${name} is an empty list`,
            hint: 'name what it is to hold, or leave it out',
          };
    case 'uniqueItems':
      return { check: 'form', message: `${name} names a value twice`, hint: 'name it once' };
    case 'minProperties':
    case 'maxProperties':
      return path[0] === 'invariants' && path.length === 2
        ? {
            check: 'form',
            message: `${name} is not one theorem`,
            hint: 'state one of `forbid`, `independent`, `reachable`',
          }
        : {
            check: 'empty-when',
            message: `${name} is empty`,
            hint: 'without a condition it would hold for everything',
          };
    case 'type':
      return {
        check: 'form',
        message: `${name} has the wrong form`,
        hint: `write ${FORMS[parameter(error, 'type') ?? ''] ?? `it as ${kind.page} shows`}`,
      };
    default:
      // `pattern` and `minLength`.
      return {
        check: path.at(-1) === 'why' ? 'missing-why' : 'form',
        message: `${name} is not well formed: it ${error.message ?? 'is refused'}`,
        hint: kind.wellFormed,
      };
  }
}

/** A missing key that has a page of its own. */
const MISSING: Readonly<Record<string, PolicyProblem['check']>> = { why: 'missing-why', default: 'default' };

const FORMS: Readonly<Record<string, string>> = {
  object: 'a mapping (`key: value`)',
  array: 'a list',
  string: 'a word',
};

function unknownKey(error: ErrorObject, name: string): Words {
  const key = parameter(error, 'additionalProperty') ?? '';
  if (key in VOCABULARY && !(key in DECIDING_FACTS)) {
    return {
      check: 'display-only-fact',
      message: `\`${key}\` in ${name} is a fact that is shown and never decides`,
      hint: 'leave it out: no verdict may depend on it (FR-003, FR-008)',
    };
  }
  const valid = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
  return {
    check: 'unknown-word',
    message: `unknown key \`${key}\` in ${name}`,
    hint: suggestion(key, valid),
  };
}

/** The vocabulary in the file is for its readers: it must say what the code says. */
function incompleteFact(error: ErrorObject, name: string): Words {
  const items = (error.parentSchema?.['items'] ?? {}) as { readonly enum?: unknown };
  const all = wordsOf(items.enum);
  const missing = all.filter((word) => !wordsOf(error.data).includes(word));
  return {
    check: 'form',
    message: `${name} lacks ${missing.map((word) => `\`${word}\``).join(', ')}`,
    hint: `the vocabulary is code, and says ${all.join(', ')}`,
  };
}

function parameter(error: ErrorObject, name: string): string | undefined {
  const value = (error.params as Readonly<Record<string, unknown>>)[name];
  return value === undefined ? undefined : plain(value);
}

function wordsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(plain) : [];
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
