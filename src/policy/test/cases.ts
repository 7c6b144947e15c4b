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

/** The verdict that a policy must give in some states. */
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

/** A saved scan, and the verdicts expected for its candidates. */
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
  wellFormed: 'say in a few words what the case tests',
};

/** Reads the cases of a policy. Refuses a rule, fact or value that does not exist. */
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
        () => 'correct the values; where another fact must differ too, set it in `when`',
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

/** The most problems that are reported. Later problems often follow from the first ones. */
const MAX_PROBLEMS = 20;

/** Reports a problem. `hint` is called only for a problem that is shown, because it compares a word with all rules. */
type Report = (at: readonly (string | number)[], message: string, hint: () => string) => void;

function expectedOf(
  { class: cleanupClass, reason, rule }: ExpectedSource,
  at: readonly (string | number)[],
  { rules }: Policy,
  report: Report,
): Expected {
  const ids = rules.map(({ id }) => id);
  if (!ids.includes(rule)) {
    report([...at, 'rule'], `the policy has no rule \`${rule}\``, () => suggestion(rule, ids));
  }
  if ((cleanupClass === 'safe_auto') !== (reason === undefined)) {
    const hint = cleanupClass === 'safe_auto' ? 'remove the reason' : 'add the reason: `reason: ...`';
    report(at, `class \`${cleanupClass}\` ${reason === undefined ? 'without' : 'with'} a reason`, () => hint);
  }
  return { class: cleanupClass, reason: reason ?? null, rule };
}

type Expanded =
  | { readonly ok: true; readonly states: readonly DecidingVector[] }
  /** `at` is the path from the case's `when` to the error. */
  | { readonly ok: false; readonly at: readonly (string | number)[]; readonly message: string };

/**
 * Returns the possible states of a case, without impossible combinations. It is an error if a value occurs in no
 * possible combination, because the case would not test that value.
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
    return { ok: false, at: [], message: `no listener can have these facts: ${whyNoState(vector)}` };
  for (const [fact, values] of lists) {
    const reached = new Set<string>(states.map((state) => state[fact]));
    const index = values.findIndex((value) => !reached.has(value));
    if (index === -1) continue;
    const reason = whyNoState({ ...vector, [fact]: values[index] });
    const message = `no listener can have these facts with \`${fact}: ${String(values[index])}\`: ${reason}`;
    return { ok: false, at: typeof when[fact] === 'string' ? [fact] : [fact, index], message };
  }
  return { ok: true, states };
}

type Lists = readonly (readonly [DecidingFact, readonly string[]])[];

/**
 * Returns the possible states that have one of the listed values for each fact in `lists`, and the value of `base` for
 * every other fact. The states are sorted by the order of the lists. Filters all possible states, because the product
 * of the lists may be too long to enumerate.
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

/** Returns the element of `possibleStates()` with the values of this vector, or null if the vector is impossible. */
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
 * `cases.yaml`: the verdicts that a policy must give.
 * @public the schema is made from it
 */
export interface PolicyCases {
  /** The facts that every case starts from. A case names only the facts that differ. */
  readonly base: DecidingVector;
  readonly cases: readonly CaseSource[];
  /** Files of `auth doctor --save-facts`, and the expected verdict of each of their candidates. */
  readonly recorded?: readonly RecordedSource[];
}

interface CaseSource {
  /** @pattern \S */
  readonly name: string;
  readonly when: CaseFacts;
  readonly then: ExpectedSource;
}

/** A list stands for one case per value; several lists stand for one case per possible combination. */
type CaseFacts = { readonly [F in DecidingFact]?: FactValue<F> | readonly FactValue<F>[] };

interface ExpectedSource {
  readonly class: CleanupClass;
  /** The reason of the expected verdict; absent for `safe_auto`. */
  readonly reason?: string;
  /** The id of the rule that must decide. */
  readonly rule: string;
}

interface RecordedSource {
  /** The path of the saved scan, relative to `cases.yaml`. */
  readonly facts: string;
  readonly then: readonly RecordedExpectation[];
}

type RecordedExpectation = ExpectedSource & {
  readonly port: number;
  /** The address of the socket; needed only if several sockets have the port. */
  readonly address?: string;
};
