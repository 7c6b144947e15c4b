import schema from '../../../schemas/policy-cases.schema.json' with { type: 'json' };
import type { Observer } from '../../machine/machine.js';
import {
  DECIDING_FACT_NAMES,
  type DecidingFact,
  type DecidingVector,
  type FactValue,
} from '../../model/policy-facts.js';
import type { CleanupClass, Place, Policy } from '../../model/verdict.js';
import type { PolicyProblem } from '../finding.js';
import { readYamlFile } from '../read-yaml.js';
import { type FileKind, suggestion } from '../schema.js';
import type { FileName } from '../source-file.js';
import { possibleStates, whyImpossible } from '../vocabulary.js';
import type { YamlDocument } from '../yaml.js';

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
export function readCases(observer: Observer, file: FileName, policy: Policy): ReadCases {
  const yaml = readYamlFile<PolicyCases>(observer, file, KIND);
  return yaml.ok ? compileCases(yaml.source, yaml.document, policy, file.shown) : yaml;
}

function compileCases(source: PolicyCases, document: YamlDocument, policy: Policy, file: string): ReadCases {
  const problems: PolicyProblem[] = [];
  const report: Report = (at, message, hint) => {
    if (problems.length < MAX_PROBLEMS)
      problems.push({ file, ...document.place(at), check: 'cases', message, hint: hint() });
  };
  const cases = source.cases.map(({ name, when, then }, index): TestCase => {
    const expanded = expand(source.base, when);
    if (!expanded.ok) {
      report(
        ['cases', index, 'when', ...expanded.at],
        expanded.message,
        () => 'say what else is different then',
      );
    }
    return {
      name,
      ...document.place(['cases', index]),
      states: expanded.ok ? expanded.states : [],
      expected: expectedOf(then, ['cases', index, 'then'], policy, report),
    };
  });
  const recordings = (source.recorded ?? []).map(({ facts, then }, index): Recording => ({
    facts,
    ...document.place(['recorded', index]),
    expected: then.map(({ port, address, ...expected }, row) => {
      const at = ['recorded', index, 'then', row];
      const where = address === undefined ? { port } : { port, address };
      return { ...expectedOf(expected, at, policy, report), ...where, ...document.place(at) };
    }),
  }));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, cases: { base: source.base, cases, recordings } };
}

/** Mending the first ones brings out the rest. */
const MAX_PROBLEMS = 20;

/** @param hint made only where it is shown: to find the nearest word, all rules are compared with it */
type Report = (at: readonly (string | number)[], message: string, hint: () => string) => void;

function expectedOf(
  { class: cleanupClass, reason, rule }: ExpectedSource,
  at: readonly (string | number)[],
  { rules }: Policy,
  say: Report,
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

type Expanded =
  | { readonly ok: true; readonly states: readonly DecidingVector[] }
  /** `at` leads from the case's `when` to what is wrong. */
  | { readonly ok: false; readonly at: readonly (string | number)[]; readonly message: string };

/**
 * The possible states that a case speaks of. Combinations that no candidate can have are left out; a value that takes
 * part in no other is an error, because the case would not test what it says.
 */
function expand(base: DecidingVector, when: CaseFacts): Expanded {
  const lists = Object.entries(when).map(
    ([fact, value]) => [fact as DecidingFact, typeof value === 'string' ? [value] : value] as const,
  );
  const empty = lists.find(([, values]) => values.length === 0);
  if (empty) return { ok: false, at: [empty[0]], message: `\`${empty[0]}\` has no value` };

  const states = statesWith(base, lists);
  const first = Object.fromEntries(lists.map(([fact, [value]]) => [fact, value]));
  const vector: DecidingVector = { ...base, ...first };
  if (states.length === 0)
    return { ok: false, at: [], message: `no candidate can be so: ${whyNoState(vector)}` };
  for (const [fact, values] of lists) {
    const reached = new Set<string>(states.map((state) => state[fact]));
    const index = values.findIndex((value) => !reached.has(value));
    if (index === -1) continue;
    const reason = whyNoState({ ...vector, [fact]: values[index] });
    const message = `no candidate can be so with \`${fact}: ${String(values[index])}\`: ${reason}`;
    return { ok: false, at: typeof when[fact] === 'string' ? [fact] : [fact, index], message };
  }
  return { ok: true, states };
}

type Lists = readonly (readonly [DecidingFact, readonly string[]])[];

/**
 * The possible states with these values, and those of `base` for every other fact; in the order of the lists, the last
 * one counting fastest. Looked for among all there are: the product of the lists may be longer than any memory.
 */
function statesWith(base: DecidingVector, lists: Lists): readonly DecidingVector[] {
  const listed = new Map(lists);
  const found = possibleStates().filter((state) =>
    DECIDING_FACT_NAMES.every((fact) => (listed.get(fact) ?? [base[fact]]).includes(state[fact])),
  );
  return found.toSorted((one, other) => {
    const differing = lists.find(([fact]) => one[fact] !== other[fact]);
    if (!differing) return 0;
    const [fact, values] = differing;
    return values.indexOf(one[fact]) - values.indexOf(other[fact]);
  });
}

/** The possible state with these values, as analysis knows it; null where no candidate can be so. */
export function stateOf(vector: DecidingVector): DecidingVector | null {
  known ??= new Map(possibleStates().map((state) => [keyOf(state), state]));
  return known.get(keyOf(vector)) ?? null;
}

let known: ReadonlyMap<string, DecidingVector> | undefined;

function keyOf(vector: DecidingVector): string {
  return DECIDING_FACT_NAMES.map((fact) => vector[fact]).join(' ');
}

function whyNoState(vector: DecidingVector): string {
  return whyImpossible(vector) ?? 'it has no state';
}

/**
 * `cases.yaml`: what a policy is to give to whom.
 * @public the schema is made from it
 */
export interface PolicyCases {
  /** The facts that every case starts from. A case says only where it differs. */
  readonly base: DecidingVector;
  readonly cases: readonly CaseSource[];
  /** Files of `auth doctor --save-facts`, and what is to become of each of their candidates. */
  readonly recorded?: readonly RecordedSource[];
}

interface CaseSource {
  /** @pattern \S */
  readonly name: string;
  readonly when: CaseFacts;
  readonly then: ExpectedSource;
}

/** A list stands for a case with each of its values; several lists, for each combination that is possible. */
type CaseFacts = { readonly [F in DecidingFact]?: FactValue<F> | readonly FactValue<F>[] };

interface ExpectedSource {
  readonly class: CleanupClass;
  /** Left out for `safe_auto`. */
  readonly reason?: string;
  /** The id of the rule that is to decide. */
  readonly rule: string;
}

interface RecordedSource {
  /** Relative to this file. */
  readonly facts: string;
  readonly then: readonly RecordedExpectation[];
}

type RecordedExpectation = ExpectedSource & {
  readonly port: number;
  /** Where several sockets have the port. */
  readonly address?: string;
};
