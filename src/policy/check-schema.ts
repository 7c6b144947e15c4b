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

/**
 * ajv reports every branch of an `anyOf` that did not fit. Kept is what tells the author something: of one place the
 * errors of the highest rank, and that a value is of no listed kind only where nothing inside it is wrong.
 */
function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf');
  const kept = telling.filter((error) => {
    const isOutranked = telling.some(
      (other) => other.instancePath === error.instancePath && rank(other) > rank(error),
    );
    const isOfNoKind = rank(error) < rank({ keyword: 'required' });
    const errsInside = telling.some(({ instancePath }) => instancePath.startsWith(`${error.instancePath}/`));
    return !isOutranked && !(isOfNoKind && errsInside);
  });
  return kept.filter((error, index) => kept.findIndex((other) => isSame(other, error)) === index);
}

/** A misspelt key says more than the missing one that it was meant to be. */
const LEAST_TELLING = ['type', 'enum', 'required'];

function rank({ keyword }: Pick<ErrorObject, 'keyword'>): number {
  const index = LEAST_TELLING.indexOf(keyword);
  return index === -1 ? LEAST_TELLING.length : index;
}

function isSame(one: ErrorObject, other: ErrorObject): boolean {
  return (
    one.instancePath === other.instancePath &&
    one.keyword === other.keyword &&
    JSON.stringify(one.params) === JSON.stringify(other.params)
  );
}
