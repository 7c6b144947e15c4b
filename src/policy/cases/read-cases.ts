import schema from '../../../schemas/policy-cases.schema.json' with { type: 'json' };
import type { DecidingVector } from '../../model/policy-facts.js';
import type { CleanupClass, Place, Policy } from '../../model/verdict.js';
import type { FileKind } from '../file-kind.js';
import type { FileName } from '../file-name.js';
import { suggestion } from '../nearest-word.js';
import type { YamlDocument } from '../parse-yaml.js';
import type { PolicyProblem } from '../problem.js';
import { readYamlFile } from '../read-yaml.js';
import { expand } from './expand.js';
import type { ExpectedSource, PolicyCases, RecordedExpectation } from './source.js';

/** What a policy is to give to some states. */
export interface TestCase extends Place {
  readonly name: string;
  readonly states: readonly DecidingVector[];
  readonly expected: Expected;
}

interface Expected {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string;
}

/** A file of saved facts, and what is expected of its candidates. */
export interface Recording extends Place {
  readonly facts: string;
  readonly expected: readonly (Expected & Place & Pick<RecordedExpectation, 'port' | 'address'>)[];
}

export interface Cases {
  readonly base: DecidingVector;
  readonly cases: readonly TestCase[];
  readonly recordings: readonly Recording[];
}

export type ReadCases =
  | { readonly ok: true; readonly cases: Cases }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

const KIND: FileKind = {
  schema,
  name: 'the file',
  page: 'docs/policy.md',
  wellFormed: 'say what is tested, in a few words',
};

/** Reads the cases of a policy, strictly: whatever names a rule, a fact or a value that is none is refused. */
export function readCases(file: FileName, policy: Policy): ReadCases {
  const yaml = readYamlFile<PolicyCases>(file, KIND);
  return yaml.ok ? compileCases(yaml.source, yaml.document, policy, file.shown) : yaml;
}

function compileCases(source: PolicyCases, document: YamlDocument, policy: Policy, file: string): ReadCases {
  const problems: PolicyProblem[] = [];
  const say: Say = (at, message, hint) => {
    if (problems.length < MOST_PROBLEMS)
      problems.push({ file, ...document.place(at), check: 'cases', message, hint: hint() });
  };
  const cases = source.cases.map(({ name, when, then }, index): TestCase => {
    const expanded = expand(source.base, when);
    if (!expanded.ok) {
      say(
        ['cases', index, 'when', ...expanded.at],
        expanded.message,
        () => 'say what else is different then',
      );
    }
    return {
      name,
      ...document.place(['cases', index]),
      states: expanded.ok ? expanded.states : [],
      expected: expectedOf(then, ['cases', index, 'then'], policy, say),
    };
  });
  const recordings = (source.recorded ?? []).map(({ facts, then }, index): Recording => ({
    facts,
    ...document.place(['recorded', index]),
    expected: then.map(({ port, address, ...expected }, row) => {
      const at = ['recorded', index, 'then', row];
      const where = address === undefined ? { port } : { port, address };
      return { ...expectedOf(expected, at, policy, say), ...where, ...document.place(at) };
    }),
  }));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, cases: { base: source.base, cases, recordings } };
}

/** Mending the first ones brings out the rest. */
const MOST_PROBLEMS = 20;

/** @param hint made only where it is shown: to find the nearest word, all rules are compared with it */
type Say = (at: readonly (string | number)[], message: string, hint: () => string) => void;

function expectedOf(
  { class: cleanupClass, reason, rule }: ExpectedSource,
  at: readonly (string | number)[],
  { rules }: Policy,
  say: Say,
): Expected {
  const ids = rules.map(({ id }) => id);
  if (!ids.includes(rule)) {
    say([...at, 'rule'], `the policy has no rule \`${rule}\``, () => suggestion(rule, ids));
  }
  if ((cleanupClass === 'safe_auto') !== (reason === undefined)) {
    const hint = cleanupClass === 'safe_auto' ? 'leave the reason out' : 'say which: `reason: ...`';
    say(at, `class \`${cleanupClass}\` ${reason === undefined ? 'without' : 'with'} a reason`, () => hint);
  }
  return { class: cleanupClass, reason: reason ?? null, rule };
}
