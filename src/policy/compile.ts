import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingFact,
  LATER_VALUES,
} from '../model/policy-facts.js';
import { isAmong, withUnlisted } from './vocabulary.js';
import { incompleteFact } from './schema.js';
import type { Atom, Policy, Rule } from '../model/verdict.js';
import type { Invariant, Theorem } from './policy.js';
import type { YamlDocument } from './yaml.js';
import type { PolicyProblem } from './finding.js';
import type { InvariantSource, PolicySource, RuleSource, WhenSource } from './policy.js';

type Compiled =
  | {
      readonly ok: true;
      readonly rules: readonly Rule[];
      readonly unlisted: Policy['unlisted'];
      readonly fallback: Policy['fallback'];
      readonly invariants: readonly Invariant[];
    }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/**
 * Compiles a policy that matches the schema: each condition becomes a fact with a list of accepted values. Refuses a
 * duplicate rule id, a `safe_auto` rule with a reason, any other rule without one, a condition that no value meets, and
 * `facts` that lack a value which the first release of the policy format had.
 */
export function compile(source: PolicySource, document: YamlDocument): Compiled {
  const problems: Omit<PolicyProblem, 'file'>[] = [];
  const report: Report = (check, path, message, hint) => {
    problems.push({ ...document.place(path), check, message, hint });
  };
  checkFacts(source, report);
  const unlisted = LATER_VALUES.filter(({ fact, value }) => !source.facts[fact]?.includes(value));
  const ids = new Set<string>();
  const rules = source.rules.map((rule, index): Rule => {
    checkRule(rule, index, ids.has(rule.id), unlisted, report);
    checkListed(rule.when, ['rules', index, 'when'], unlisted, report);
    ids.add(rule.id);
    return {
      id: rule.id,
      atoms: atomsOf(rule.when, unlisted),
      cleanupClass: rule.then.class,
      reason: rule.then.reason ?? null,
      why: rule.why,
      place: document.place(['rules', index]),
    };
  });
  const invariants = (source.invariants ?? []).map((invariant, index): Invariant => {
    if ('forbid' in invariant)
      checkListed(invariant.forbid.when, ['invariants', index, 'forbid', 'when'], unlisted, report);
    return {
      ...theoremOf(invariant, unlisted),
      why: invariant.why,
      place: document.place(['invariants', index]),
    };
  });
  if (problems.length > 0) return { ok: false, problems };
  const fallback = { cleanupClass: source.default.class, reason: source.default.reason };
  return { ok: true, rules, unlisted, fallback, invariants };
}

type Path = readonly (string | number)[];

type Report = (check: PolicyProblem['check'], path: Path, message: string, hint: string | null) => void;

/**
 * Reports facts without a value that every policy lists: `facts` repeats the vocabulary for readers. Only a later value
 * may be missing, because the policy may be older than the value.
 */
function checkFacts({ facts }: PolicySource, report: Report): void {
  for (const fact of DECIDING_FACT_NAMES) {
    const listed = facts[fact] ?? [];
    if (DECIDING_FACTS[fact].every((value) => listed.includes(value) || isAmong(LATER_VALUES, fact, value)))
      continue;
    const { check, message, hint } = incompleteFact(`\`facts.${fact}\``, listed, DECIDING_FACTS[fact]);
    report(check, ['facts', fact], message, hint);
  }
}

function checkRule(
  { id, when, then }: RuleSource,
  index: number,
  isIdTaken: boolean,
  unlisted: Policy['unlisted'],
  report: Report,
): void {
  if (isIdTaken) {
    report(
      'duplicate-id',
      ['rules', index, 'id'],
      `duplicate rule id \`${id}\``,
      'give each rule its own id',
    );
  }
  if ((then.class === 'safe_auto') !== (then.reason === undefined)) {
    const hint =
      then.class === 'safe_auto'
        ? 'remove the reason: nothing is skipped'
        : 'add the reason why it is skipped: `reason: ...`';
    report(
      'reason',
      ['rules', index, 'then'],
      `class \`${then.class}\` ${then.reason === undefined ? 'without' : 'with'} a reason`,
      hint,
    );
  }
  for (const { fact, values } of atomsOf(when, unlisted)) {
    if (values.length > 0) continue;
    report(
      'empty-when',
      ['rules', index, 'when', fact],
      `\`not\` leaves no value of \`${fact}\``,
      'remove the rule, or exclude fewer values: this rule can never hold',
    );
  }
}

/** Reports a condition that names a value which `facts` does not list. */
function checkListed(when: WhenSource, at: Path, unlisted: Policy['unlisted'], report: Report): void {
  for (const { fact, value } of unlisted) {
    const condition = when[fact];
    if (condition === undefined || !namedIn(condition).includes(value)) continue;
    report(
      'unknown-word',
      [...at, fact],
      `\`${value}\` is not in \`facts.${fact}\``,
      `add it to \`facts.${fact}\`: without it, the policy treats it like another value`,
    );
  }
}

function namedIn(condition: WhenSource[string]): readonly string[] {
  if (typeof condition === 'string') return [condition];
  if (!('not' in condition)) return condition;
  return typeof condition.not === 'string' ? [condition.not] : condition.not;
}

function theoremOf(source: InvariantSource, unlisted: Policy['unlisted']): Theorem {
  if ('independent' in source) return { kind: 'independent', fact: source.independent };
  if ('reachable' in source) {
    const { class: cleanupClass, reason } = source.reachable;
    return { kind: 'reachable', cleanupClass, reason: reason ?? null };
  }
  return { kind: 'forbid', atoms: atomsOf(source.forbid.when, unlisted), cleanupClass: source.forbid.class };
}

/**
 * Replaces `{not: ...}` by the list of the other values, so that no negation is left (pitfall 39), and adds each unlisted
 * value where the value before it is accepted.
 */
function atomsOf(when: WhenSource, unlisted: Policy['unlisted']): readonly Atom[] {
  return Object.entries(when).map(([name, condition]) => {
    const fact = name as DecidingFact;
    const listed = DECIDING_FACTS[fact].filter((candidate) => !isAmong(unlisted, fact, candidate));
    const named = namedIn(condition);
    const isNegated = typeof condition !== 'string' && 'not' in condition;
    const accepted = isNegated ? listed.filter((value) => !named.includes(value)) : named;
    return { fact, values: withUnlisted(fact, accepted, unlisted) };
  });
}
