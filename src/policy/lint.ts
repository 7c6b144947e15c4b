import type { DecidingVector } from '../model/policy-facts.js';
import { suggestion } from './schema.js';
import { possibleStates, RULE_REASONS } from './vocabulary.js';
import type { Policy } from '../model/verdict.js';
import { decidingRule, holds } from './evaluate.js';
import { overBudget, type PolicyFinding, type PolicyResult } from './finding.js';
import type { OpenedForAnalysis } from './load.js';
import { counted } from '../text/layout.js';

/** The checks for what a valid policy should not contain. `docs/policy/<check>.md` explains each of them. */
const CHECKS: readonly ((policy: Policy, deciders: Deciders) => readonly PolicyFinding[])[] = [
  deadRules,
  redundantRules,
  unusedReasons,
  unknownReasons,
];

/**
 * Checks whether a file is a valid policy (YAML, form, vocabulary, conditions that can hold) in which every rule
 * matters.
 */
export function checkPolicy(opened: OpenedForAnalysis, file: string): PolicyResult {
  const result = { command: 'check', file } as const;
  if (!opened.ok) {
    const findings = opened.problems.map((problem): PolicyFinding => {
      return { ...problem, level: 'error', about: null };
    });
    // Errors in the content give `found`; a file that cannot be read gives `failed`.
    const outcome = opened.problems.some(({ check }) => check === 'unread') ? 'failed' : 'found';
    return { ...result, sha256: null, outcome, ...problemCount(findings.length), findings };
  }
  const { policy } = opened.compiled;
  const { sha256 } = policy;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    return {
      ...result,
      sha256,
      outcome: 'inconclusive',
      summary: `${tooMuch}: nothing was checked`,
      headline: 'too many rules',
      findings: [],
    };
  }
  const deciders = decidersOf(policy);
  const findings = CHECKS.flatMap((check) => check(policy, deciders)).toSorted(
    (one, other) => one.line - other.line,
  );
  return {
    ...result,
    sha256,
    ...(findings.length > 0
      ? { outcome: 'found', ...problemCount(findings.length) }
      : {
          outcome: 'clean',
          summary: `${policy.rules.length} rules, and each changes the verdict in some state`,
          headline: null,
        }),
    findings,
  };
}

function problemCount(findings: number): Pick<PolicyResult, 'summary' | 'headline'> {
  const summary = counted(findings, 'problem');
  return { summary, headline: `${summary} in the file` };
}

/**
 * A map from each possible state to the index of the rule that decides it, or to the number of rules if none decides.
 */
export type Deciders = ReadonlyMap<DecidingVector, number>;

/**
 * Finds the rule that decides each possible state. Call this once for all checks, because a call for each rule would be
 * quadratic in the number of rules.
 */
export function decidersOf({ rules }: Pick<Policy, 'rules'>): Deciders {
  return new Map(
    possibleStates().map((state) => {
      const index = rules.findIndex((rule) => holds(rule, state));
      return [state, index === -1 ? rules.length : index];
    }),
  );
}

/**
 * Finds rules that decide no state: no possible state meets their conditions, or earlier rules decide every state in
 * which they hold. The message names these earlier rules.
 */
export function deadRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const own = [...deciders.keys()].filter((state) => holds(rule, state));
    const deciding = new Set(own.map((state) => deciders.get(state)));
    if (deciding.has(index)) return [];
    const before = policy.rules.filter((_, other) => deciding.has(other));
    const lines = before.map(({ id, place }) => `\`${id}\` (line ${place.line})`).join(', ');
    const detail =
      own.length === 0
        ? 'no possible state meets its conditions'
        : `earlier rules decide every state in which it holds: ${lines}`;
    return [
      {
        ...rule.place,
        check: 'dead-rule',
        level: 'error',
        message: `rule \`${rule.id}\` never decides: ${detail}`,
        hint: own.length === 0 ? 'correct its conditions, or remove it' : 'move it before them, or remove it',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

/** Finds rules without which every state would get the same class and reason from the rules after them. */
export function redundantRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const decided = [...deciders.keys()].filter((state) => deciders.get(state) === index);
    // A rule that decides no state is reported as dead, which is more precise.
    if (decided.length === 0) return [];
    const after = { ...policy, rules: policy.rules.slice(index + 1) };
    const matters = decided.some((state) => {
      const next = decidingRule(after, state) ?? policy.fallback;
      return next.cleanupClass !== rule.cleanupClass || next.reason !== rule.reason;
    });
    if (matters) return [];
    return [
      {
        ...rule.place,
        check: 'redundant-rule',
        level: 'warning',
        message: `rule \`${rule.id}\` changes nothing: the rules after it give the same class and reason`,
        hint: 'remove it, or give it its own reason',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

/**
 * Finds reasons that rules give and no state gets, because earlier rules decide all states of these rules (pitfall 20).
 */
export function unusedReasons(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  const given = new Set([...deciders.values()].map((index) => policy.rules[index]?.reason));
  return policy.rules.flatMap((rule, index) => {
    const { reason } = rule;
    const isFirst = policy.rules.findIndex((other) => other.reason === reason) === index;
    if (reason === null || given.has(reason) || !isFirst) return [];
    return [
      {
        ...rule.place,
        check: 'unused-reason',
        level: 'error',
        message: `no state gets the reason \`${reason}\``,
        hint: 'correct the order or the conditions of the rules that give it',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

/** Finds reasons for which the report has no words and no remedy. Each is reported once, where it is first given. */
function unknownReasons({ rules, source }: Policy): readonly PolicyFinding[] {
  const known: readonly string[] = RULE_REASONS;
  return rules.flatMap(({ reason, place }, index) => {
    if (reason === null || known.includes(reason)) return [];
    if (rules.findIndex((rule) => rule.reason === reason) !== index) return [];
    return [
      {
        ...place,
        check: 'unknown-reason',
        level: 'error',
        message: `the reason \`${reason}\` is not in the vocabulary`,
        hint: suggestion(reason, known),
        file: source,
        about: null,
      } as const,
    ];
  });
}
