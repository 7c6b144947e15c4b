import { Ajv, type ErrorObject } from 'ajv';
import schema from '../../schemas/policy.schema.json' with { type: 'json' };
import { DECIDING_FACTS, VOCABULARY } from '../model/policy-facts.js';
import type { PolicyProblem } from './finding.js';
import type { YamlDocument } from './yaml.js';

type Checked<T> =
  | { readonly ok: true; readonly source: T }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/** One for all files: what it compiles of a schema it keeps. */
const AJV = new Ajv({ allErrors: true, verbose: true });

/** Checks a file against the schema of its kind; says where it errs, and which valid word is nearest. */
export function checkSchema<T>(document: YamlDocument, kind: FileKind): Checked<T> {
  const { value } = document;
  const validate = AJV.compile<T>(kind.schema);
  if (validate(value)) return { ok: true, source: value };
  return {
    ok: false,
    problems: mostSpecific(validate.errors ?? []).map((error) => describe(error, document, kind)),
  };
}

/** Mending the first ones brings out the rest. */
const MAX_ERRORS = 20;

/**
 * ajv reports every branch of an `anyOf` that did not fit. Kept is what tells the author something: of one place the
 * errors of the highest rank, and that a value is of no listed kind only where nothing inside it is wrong. The work is
 * proportional to the length of all errors: what stands at a place and inside it is noted once.
 */
export function mostSpecific(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf');
  const highest = new Map<string, number>();
  const errInside = new Set<string>();
  for (const error of telling) {
    const { instancePath } = error;
    highest.set(instancePath, Math.max(rank(error), highest.get(instancePath) ?? 0));
    for (const around of placesAround(instancePath)) {
      // The places around a place that is noted are noted too.
      if (errInside.has(around)) break;
      errInside.add(around);
    }
  }
  const kept = new Map<string, ErrorObject>();
  for (const error of telling) {
    const isOutranked = rank(error) < (highest.get(error.instancePath) ?? 0);
    const isOfNoKind = rank(error) < rank({ keyword: 'required' });
    if (isOutranked || (isOfNoKind && errInside.has(error.instancePath))) continue;
    const sameAs = JSON.stringify([error.instancePath, error.keyword, error.params]);
    if (!kept.has(sameAs)) kept.set(sameAs, error);
    if (kept.size === MAX_ERRORS) break;
  }
  return [...kept.values()];
}

/** The places that a place lies in, nearest first: of `/rules/2/when` these are `/rules/2`, `/rules` and the document. */
function* placesAround(place: string): Generator<string> {
  for (let end = place.lastIndexOf('/'); end >= 0; end = place.lastIndexOf('/', end - 1)) {
    yield place.slice(0, end);
    if (end === 0) return;
  }
}

/** A misspelt key says more than the missing one that it was meant to be. */
const LEAST_SPECIFIC = ['type', 'enum', 'required'];

function rank({ keyword }: Pick<ErrorObject, 'keyword'>): number {
  const index = LEAST_SPECIFIC.indexOf(keyword);
  return index === -1 ? LEAST_SPECIFIC.length : index;
}

type ProblemText = Pick<PolicyProblem, 'check' | 'message' | 'hint'>;

/** Says what one schema error means to the author of the file: where, what, and what to do next. */
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
        message: `\`${value}\` is no value of ${name}`,
        hint: suggestion(value, stringsIn(error.schema)),
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
        hint: `write ${EXPECTED_FORMS[parameter(error, 'type') ?? ''] ?? `it as ${kind.page} shows`}`,
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
function incompleteFact(error: ErrorObject, name: string): ProblemText {
  const items = (error.parentSchema?.['items'] ?? {}) as { readonly enum?: unknown };
  const all = stringsIn(items.enum);
  const missing = all.filter((word) => !stringsIn(error.data).includes(word));
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

function stringsIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(plain) : [];
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A kind of YAML file that people write: its JSON Schema, what messages call it, and what they point to. */
export interface FileKind {
  readonly schema: object;
  readonly name: string;
  /** The page that shows its form. */
  readonly page: string;
  /** What words in it must look like. */
  readonly wellFormed: string;
}

export const POLICY: FileKind = {
  schema,
  name: 'the policy',
  page: 'docs/policy.md',
  wellFormed: 'ids have small letters, digits and `-`, reasons small letters, digits and `_`',
};

/** What to write instead of a word that is none: the one that was meant, or all that are valid. */
export function suggestion(word: string, valid: readonly string[]): string {
  const nearest = nearestWord(word, valid);
  return nearest === null ? `valid are ${valid.join(', ')}` : `did you mean \`${nearest}\`?`;
}

/** The valid word nearest to a misspelt one, or null when none is near enough to have been meant. */
function nearestWord(word: string, valid: readonly string[]): string | null {
  if (word.length > MAX_WORD_LENGTH) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of valid) {
    // The difference in length is the least that has to be changed.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** No valid word has as many characters, so no misspelling of one has; and what is compared takes their product. */
const MAX_WORD_LENGTH = 64;

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at += 1) {
    const next = [at];
    for (let column = 1; column <= to.length; column += 1) {
      const change = (row[column - 1] ?? 0) + (from[at - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
