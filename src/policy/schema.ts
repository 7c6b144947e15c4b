import { Ajv, type ErrorObject } from 'ajv';
import schema from '../../schemas/policy.schema.json' with { type: 'json' };
import { DECIDING_FACTS, VOCABULARY } from '../model/policy-facts.js';
import { editDistance } from '../text/edit-distance.js';
import type { PolicyProblem } from './finding.js';
import type { YamlDocument } from './yaml.js';

type Checked<T> =
  | { readonly ok: true; readonly source: T }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/** One instance for all checks, because ajv caches the schemas that it has compiled. */
const AJV = new Ajv({ allErrors: true, verbose: true });

/**
 * Checks a file against the schema of its kind. A problem has a place in the file, and suggests the nearest valid word.
 */
export function checkSchema<T>(document: YamlDocument, kind: FileKind): Checked<T> {
  const { value } = document;
  const validate = AJV.compile<T>(kind.schema);
  if (validate(value)) return { ok: true, source: value };
  return {
    ok: false,
    problems: mostSpecific(validate.errors ?? []).map((error) => describe(error, document, kind)),
  };
}

/** The most errors that are reported. Later errors often follow from the first ones. */
const MAX_ERRORS = 20;

/**
 * Selects the schema errors that help the author of the file, because ajv reports every failed branch of an `anyOf`.
 * Keeps at each place only the most specific errors, and a wrong type or value only if there is no error inside that
 * value. Takes time linear in the total length of the errors.
 */
export function mostSpecific(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf');
  const highest = new Map<string, number>();
  const errInside = new Set<string>();
  for (const error of telling) {
    const { instancePath } = error;
    highest.set(instancePath, Math.max(specificityOf(error), highest.get(instancePath) ?? 0));
    for (const around of placesAround(instancePath)) {
      // If a place is already in the set, so are all places that enclose it.
      if (errInside.has(around)) break;
      errInside.add(around);
    }
  }
  const kept = new Map<string, ErrorObject>();
  for (const error of telling) {
    const isOutranked = specificityOf(error) < (highest.get(error.instancePath) ?? 0);
    const isOfNoKind = specificityOf(error) < specificityOf({ keyword: 'required' });
    if (isOutranked || (isOfNoKind && errInside.has(error.instancePath))) continue;
    const sameAs = JSON.stringify([error.instancePath, error.keyword, error.params]);
    if (!kept.has(sameAs)) kept.set(sameAs, error);
    if (kept.size === MAX_ERRORS) break;
  }
  return [...kept.values()];
}

/**
 * Yields the places that enclose a place, nearest first: for `/rules/2/when` these are `/rules/2`, `/rules` and the
 * document.
 */
function* placesAround(place: string): Generator<string> {
  for (let end = place.lastIndexOf('/'); end >= 0; end = place.lastIndexOf('/', end - 1)) {
    yield place.slice(0, end);
    if (end === 0) return;
  }
}

/**
 * Kinds of schema errors, the least specific first. All other kinds are more specific: a misspelt key says more than
 * the missing key that the author meant to write.
 */
const LEAST_SPECIFIC = ['type', 'enum', 'required'];

function specificityOf({ keyword }: Pick<ErrorObject, 'keyword'>): number {
  const index = LEAST_SPECIFIC.indexOf(keyword);
  return index === -1 ? LEAST_SPECIFIC.length : index;
}

type ProblemText = Pick<PolicyProblem, 'check' | 'message' | 'hint'>;

/** Describes a schema error to the author of the file: the place, the error, and the next step. */
function describe(error: ErrorObject, document: YamlDocument, kind: FileKind): Omit<PolicyProblem, 'file'> {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const unknownKey = parameter(error, 'additionalProperty');
  return { ...document.place(path, unknownKey), ...textFor(error, path, kind) };
}

function textFor(error: ErrorObject, path: readonly (string | number)[], kind: FileKind): ProblemText {
  const name = path.length > 0 ? `\`${path.join('.')}\`` : kind.name;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, name);
    case 'enum': {
      const value = plain(error.data);
      return {
        check: path[0] === 'default' ? 'default' : 'unknown-word',
        message: `\`${value}\` is not a value of ${name}`,
        hint: suggestion(value, stringsIn(error.schema)),
      };
    }
    case 'const':
      return {
        check: path[0] === 'default' ? 'default' : 'unknown-word',
        message: `\`${plain(error.data)}\` is not a value of ${name}`,
        hint: `the only valid value is \`${plain(error.schema)}\``,
      };
    case 'required':
      return {
        check: MISSING[parameter(error, 'missingProperty') ?? ''] ?? 'form',
        message: `missing key \`${parameter(error, 'missingProperty') ?? ''}\` in ${name}`,
        hint: `add it: ${kind.page} shows the form`,
      };
    case 'minItems':
      return path[0] === 'facts'
        ? incompleteFact(name, stringsIn(error.data), valuesIn(error))
        : {
            check: path.includes('when') ? 'empty-when' : 'form',
            message: `${name} is an empty list`,
            hint: 'add a value, or remove the list',
          };
    case 'uniqueItems':
      return { check: 'form', message: `${name} names a value twice`, hint: 'remove one of the two' };
    case 'minProperties':
    case 'maxProperties':
      return path[0] === 'invariants' && path.length === 2
        ? {
            check: 'form',
            message: `${name} must state exactly one invariant`,
            hint: 'use one of `forbid`, `independent`, `reachable`',
          }
        : {
            check: 'empty-when',
            message: `${name} is empty`,
            hint: 'add a condition: without one it would hold in every state',
          };
    case 'type':
      return {
        check: 'form',
        message: `${name} has the wrong form`,
        hint: `write ${EXPECTED_FORMS[parameter(error, 'type') ?? ''] ?? `it as ${kind.page} shows`}`,
      };
    default:
      // The keyword is `pattern` or `minLength`.
      return {
        check: path.at(-1) === 'why' ? 'missing-why' : 'form',
        message: `${name} is not well formed: it ${error.message ?? 'is refused'}`,
        hint: kind.wellFormed,
      };
  }
}

/** The checks for missing keys that have a page of their own in `docs/policy`. */
const MISSING: Readonly<Record<string, PolicyProblem['check']>> = { why: 'missing-why', default: 'default' };

const EXPECTED_FORMS: Readonly<Record<string, string>> = {
  object: 'a mapping (`key: value`)',
  array: 'a list',
  string: 'a word',
};

function unknownKey(error: ErrorObject, name: string): ProblemText {
  const key = parameter(error, 'additionalProperty') ?? '';
  if (key in VOCABULARY && !(key in DECIDING_FACTS)) {
    return {
      check: 'display-only-fact',
      message: `\`${key}\` in ${name} is a fact for display only, which never decides`,
      hint: 'remove it: no verdict may depend on it (FR-003, FR-008)',
    };
  }
  const valid = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
  return {
    check: 'unknown-word',
    message: `unknown key \`${key}\` in ${name}`,
    hint: suggestion(key, valid),
  };
}

/** Returns the values that the items of a list may have. */
function valuesIn({ parentSchema }: ErrorObject): readonly string[] {
  const items = (parentSchema?.['items'] ?? {}) as { readonly enum?: unknown };
  return stringsIn(items.enum);
}

/**
 * Describes a fact in `facts` with missing values. `facts` repeats the vocabulary for readers of the policy, so it must
 * be complete.
 */
export function incompleteFact(name: string, listed: readonly string[], all: readonly string[]): ProblemText {
  const missing = all.filter((word) => !listed.includes(word));
  return {
    check: 'form',
    message: `${name} lacks ${missing.map((word) => `\`${word}\``).join(', ')}`,
    hint: `list every value of the vocabulary: ${all.join(', ')}`,
  };
}

function parameter(error: ErrorObject, name: string): string | undefined {
  const value = (error.params as Readonly<Record<string, unknown>>)[name];
  return value === undefined ? undefined : plain(value);
}

function stringsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(plain) : [];
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A kind of YAML file that people write: its JSON Schema, its name in messages, and hints. */
export interface FileKind {
  readonly schema: object;
  readonly name: string;
  /** The page of the documentation that shows the form of the file. */
  readonly page: string;
  /** The hint for a string that does not match its pattern. */
  readonly wellFormed: string;
}

export const POLICY: FileKind = {
  schema,
  name: 'the policy',
  page: 'docs/policy.md',
  wellFormed: 'use small letters, digits and `-` in an id; small letters, digits and `_` in a reason',
};

/**
 * Suggests what to write instead of an invalid word: the nearest valid word, or a list of all valid words if none is
 * near.
 */
export function suggestion(word: string, valid: readonly string[]): string {
  const nearest = nearestWord(word, valid);
  return nearest === null ? `use one of ${valid.join(', ')}` : `did you mean \`${nearest}\`?`;
}

/** Returns the valid word nearest to a misspelt one, or null if none is near enough. */
function nearestWord(word: string, valid: readonly string[]): string | null {
  if (word.length > MAX_WORD_LENGTH) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of valid) {
    // Skip this word: the distance is at least the difference in length.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** A longer word gets no nearest word, because the cost of the edit distance grows with the product of the lengths. */
const MAX_WORD_LENGTH = 64;
