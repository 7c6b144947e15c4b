import { DECIDING_FACT_NAMES, type DecidingVector } from '../../model/policy-facts.js';
import type { CleanupClass, Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import type { PolicyFinding } from '../finding.js';
import { TOP } from '../problem.js';
import { regionsOf, statesIn, witnessOf } from '../regions.js';
import type { Target } from './coverage.js';
import type { JudgedCase } from './judge-case.js';
import type { Survivor } from './mutation.js';

/** What the words about a finding are made from. */
export interface Describing {
  readonly policy: Policy;
  readonly base: DecidingVector;
  readonly casesFile: string;
}

/** That there is not one case. */
export function describeNothing(casesFile: string): PolicyFinding {
  const hint = 'write one for each rule: docs/policy.md shows the form';
  const message = 'there is no case, so nothing is tested';
  return { check: 'no-cases', level: 'warning', file: casesFile, ...TOP, message, hint, about: null };
}

/** What a case expects, and what the policy gives instead: one finding for each verdict that differs. */
export function describeFailures(
  { testCase, failures }: JudgedCase,
  context: Describing,
): readonly PolicyFinding[] {
  const { name, line, column, expected } = testCase;
  const given = failures.map(({ verdict: { cleanupClass, reason, rule } }) =>
    verdictWords({ class: cleanupClass, reason, rule }),
  );
  return [...new Set(given)].flatMap((words) => {
    const states = failures.filter((_, index) => given[index] === words).map(({ state }) => state);
    return aboutEach(states).map((about): PolicyFinding => ({
      check: 'failing-case',
      level: 'error',
      file: context.casesFile,
      line,
      column,
      message: `"${name}" expects ${verdictWords(expected)}, and the policy gives ${words}`,
      hint: 'mend the policy, or the case',
      about,
    }));
  });
}

/** A rule that decides no case, or a condition that alone decides none. */
export function describeMissed({ rule, fact, states }: Target, context: Describing): PolicyFinding {
  return {
    check: fact === null ? 'untested-rule' : 'untested-condition',
    message:
      fact === null
        ? `\`${rule.id}\` decides no case`
        : `no case shows that \`${fact}\` keeps \`${rule.id}\` from deciding`,
    ...missing(states, context),
    ...rule.place,
  };
}

/** Mistakes in a rule that no case would notice: those that the same case would, together. */
export function describeSurvivors(
  survivors: readonly Survivor[],
  context: Describing,
): readonly PolicyFinding[] {
  const groups = new Map<string, [Survivor, ...Survivor[]]>();
  for (const survivor of survivors) {
    const key = JSON.stringify([survivor.mutant.rule.id, survivor.states]);
    const group = groups.get(key);
    if (group) group.push(survivor);
    else groups.set(key, [survivor]);
  }
  return [...groups.values()].map((group): PolicyFinding => {
    const [{ mutant, states }] = group;
    const mistakes = group.map((survivor) => survivor.mutant.mistake).join(', or ');
    return {
      check: 'surviving-mutant',
      message: `no case would fail if \`${mutant.rule.id}\` ${mistakes}`,
      ...missing(states, context),
      ...mutant.rule.place,
    };
  });
}

/** Any of the states would do; the hint takes the first. */
function missing(
  states: readonly DecidingVector[],
  { policy, base, casesFile }: Describing,
): Pick<PolicyFinding, 'level' | 'file' | 'hint' | 'about'> {
  const [about = null] = aboutEach(states);
  const hint =
    about && [`if this is right, add to ${casesFile}:`, ...caseFor(about.witness, policy, base)].join('\n');
  return { level: 'warning', file: policy.source, hint, about };
}

function aboutEach(states: readonly DecidingVector[]): readonly NonNullable<PolicyFinding['about']>[] {
  return regionsOf(states).map((region) => ({
    region,
    states: statesIn(region).length,
    witness: witnessOf(region),
  }));
}

/** The lines of a case that has this state, and expects what the policy gives. */
function caseFor(state: DecidingVector, policy: Policy, base: DecidingVector): readonly string[] {
  const rule = decide(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  const when = DECIDING_FACT_NAMES.filter((fact) => state[fact] !== base[fact]).map(
    (fact) => `${fact}: ${state[fact]}`,
  );
  const then = [
    `class: ${cleanupClass}`,
    ...(reason === null ? [] : [`reason: ${reason}`]),
    `rule: ${rule?.id ?? ''}`,
  ];
  return [
    '  - name: # say what it is',
    `    when: { ${when.join(', ')} }`,
    `    then: { ${then.join(', ')} }`,
  ];
}

function verdictWords(given: {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
}): string {
  const reason = given.reason === null ? '' : ` (${given.reason})`;
  return `${given.class}${reason} by ${given.rule === null ? 'the default' : `\`${given.rule}\``}`;
}
