import { Ajv, type ErrorObject } from 'ajv';
import { describe } from './describe-schema-error.js';
import type { FileKind } from './file-kind.js';
import type { YamlDocument } from './parse-yaml.js';
import type { PolicyProblem } from './problem.js';

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
    problems: mostTelling(validate.errors ?? []).map((error) => describe(error, document, kind)),
  };
}

/** Mending the first ones brings out the rest. */
const MOST_ERRORS = 20;

/**
 * ajv reports every branch of an `anyOf` that did not fit. Kept is what tells the author something: of one place the
 * errors of the highest rank, and that a value is of no listed kind only where nothing inside it is wrong. The work is
 * proportional to the length of all errors: what stands at a place and inside it is noted once.
 */
export function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
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
    if (kept.size === MOST_ERRORS) break;
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
const LEAST_TELLING = ['type', 'enum', 'required'];

function rank({ keyword }: Pick<ErrorObject, 'keyword'>): number {
  const index = LEAST_TELLING.indexOf(keyword);
  return index === -1 ? LEAST_TELLING.length : index;
}
