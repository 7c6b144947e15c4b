import { Ajv, type ErrorObject } from 'ajv';
import schema from '../../schemas/policy.schema.json' with { type: 'json' };
import { nearestWord } from './nearest-word.js';
import type { YamlDocument } from './parse-yaml.js';
import type { PolicyProblem } from './problem.js';
import type { PolicySource } from './source.js';

type Checked =
  | { readonly ok: true; readonly source: PolicySource }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/** Checks a policy file against `schemas/policy.schema.json`; says where it errs, and which valid word is nearest. */
export function checkSchema(document: YamlDocument): Checked {
  const { value } = document;
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true, verbose: true }).compile<PolicySource>(
    schema,
  );
  if (validate(value)) return { ok: true, source: value };
  return {
    ok: false,
    problems: mostTelling(validate.errors ?? []).map((error) => describe(error, document)),
  };
}

/**
 * ajv reports every branch of an `anyOf` that did not fit. What tells the author something is the deepest error:
 * `unknown value` in a list, not that the list is no single word.
 */
function mostTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf');
  const isUnder = (path: string, above: string): boolean => path.startsWith(`${above}/`);
  const deepest = telling.filter(
    ({ instancePath, keyword }) =>
      (keyword !== 'type' && keyword !== 'enum') ||
      !telling.some((other) => isUnder(other.instancePath, instancePath)),
  );
  return deepest.filter((error, index) => {
    const rivals = deepest.filter(({ instancePath }) => instancePath === error.instancePath);
    if (error.keyword === 'type')
      return rivals.every(({ keyword }) => keyword === 'type') && rivals[0] === error;
    return deepest.findIndex((other) => describesSame(other, error)) === index;
  });
}

function describesSame(one: ErrorObject, other: ErrorObject): boolean {
  return (
    one.instancePath === other.instancePath &&
    one.keyword === other.keyword &&
    JSON.stringify(one.params) === JSON.stringify(other.params)
  );
}

function describe(error: ErrorObject, document: YamlDocument): Omit<PolicyProblem, 'file'> {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const name = path.length > 0 ? `\`${path.join('.')}\`` : 'the policy';
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty']);
    const valid = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
    return {
      ...document.place(path, key),
      message: `unknown key \`${key}\` in ${name}`,
      hint: suggestion(key, valid),
    };
  }
  if (error.keyword === 'enum') {
    const valid = (params['allowedValues'] as readonly unknown[]).map(String);
    const value = typeof error.data === 'string' ? error.data : JSON.stringify(error.data);
    return {
      ...document.place(path),
      message: `\`${value}\` is no value of ${name}`,
      hint: suggestion(value, valid),
    };
  }
  return { ...document.place(path), message: `${name} ${error.message ?? 'is not valid'}`, hint: null };
}

function suggestion(word: string, valid: readonly string[]): string {
  const nearest = nearestWord(word, valid);
  return nearest === null ? `valid are ${valid.join(', ')}` : `did you mean \`${nearest}\`?`;
}
