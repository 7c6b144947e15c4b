import type { DecidingVector } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { Policy } from '../model/verdict.js';
import { decidingRule, holds } from './evaluate.js';
import { overBudget, type PolicyFinding, type PolicyResult } from './finding.js';
import type { OpenedForAnalysis } from './load.js';

/** What a policy may say, and should not. Each has a page of its own: `docs/policy/<check>.md`. */
const CHECKS: readonly ((policy: Policy, deciders: Deciders) => readonly PolicyFinding[])[] = [
  deadRules,
  redundantRules,
  unusedReasons,
];

/** Whether a file is a policy (YAML, form, vocabulary, conditions that can hold), and whether its every rule matters. */
export function checkPolicy(opened: OpenedForAnalysis, file: string): PolicyResult {
  const result = { command: 'check', file } as const;
  if (!opened.ok) {
    const findings = opened.problems.map((problem): PolicyFinding => {
      return { ...problem, level: 'error', about: null };
    });
    // What is wrong with a file was found; where nobody could read it, the job was not done.
    const outcome = opened.problems.some(({ check }) => check === 'unread') ? 'failed' : 'found';
    return { ...result, sha256: null, outcome, summary: count(findings.length), findings };
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
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary:
      findings.length > 0 ? count(findings.length) : `${policy.rules.length} rules, and every one matters`,
    findings,
  };
}

function count(findings: number): string {
  return `${findings} ${findings === 1 ? 'problem' : 'problems'}`;
}

/** The index of the rule that decides each possible state; where the default does, as many as there are rules. */
export type Deciders = ReadonlyMap<DecidingVector, number>;

/** Found once: whoever asks for each rule what decides each state does the work squared. */
export function decidersOf({ rules }: Pick<Policy, 'rules'>): Deciders {
  return new Map(
    possibleStates().map((state) => {
      const index = rules.findIndex((rule) => holds(rule, state));
      return [state, index === -1 ? rules.length : index];
    }),
  );
}

/** A rule that decides nothing: in every state in which it holds, one of the rules before it does. It names them. */
export function deadRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const own = [...deciders.keys()].filter((state) => holds(rule, state));
    const deciding = new Set(own.map((state) => deciders.get(state)));
    if (deciding.has(index)) return [];
    const before = policy.rules.filter((_, other) => deciding.has(other));
    const lines = before.map(({ id, place }) => `\`${id}\` (line ${place.line})`).join(', ');
    const why = own.length === 0 ? 'no state can be as it wants' : `${lines} decide all that it holds for`;
    return [
      {
        ...rule.place,
        check: 'dead-rule',
        level: 'error',
        message: `rule \`${rule.id}\` never decides: ${why}`,
        hint: 'move it before them, or leave it out',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

/** A rule without which every state would get the same class and reason, from the rules after it. */
export function redundantRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const decided = [...deciders.keys()].filter((state) => deciders.get(state) === index);
    // One that decides nothing is dead, which says more.
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
        message: `rule \`${rule.id}\` changes nothing: the rules after it give the same`,
        hint: 'leave it out, or give it a reason of its own',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

/** A reason that some rule gives, and that no state ever gets (pitfall 20: `missing_pid` behind an earlier row). */
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
        hint: 'mend the rules that give it; operators would never see such a listener',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}
