import { DECIDING_FACT_NAMES, type DecidingVector } from '../../model/policy-facts.js';
import type { CleanupClass, Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import { aboutEach } from '../about.js';
import type { PolicyFinding } from '../finding.js';
import { groupBy } from '../group-by.js';
import { TOP } from '../problem.js';
import { verdictWords } from '../words.js';
import type { Target } from './coverage.js';
import type { JudgedCase } from './judge-cases.js';
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
  const given = ({ verdict }: (typeof failures)[number]): string =>
    decidedWords(verdict.cleanupClass, verdict.reason, verdict.rule);
  return groupBy(failures, given).flatMap((group) =>
    aboutEach(group.map(({ state }) => state)).map((about): PolicyFinding => ({
      check: 'failing-case',
      level: 'error',
      file: context.casesFile,
      line,
      column,
      message: `"${name}" expects ${decidedWords(expected.class, expected.reason, expected.rule)}, and the policy gives ${given(group[0])}`,
      hint: 'mend the policy, or the case',
      about,
    })),
  );
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
  const groups = groupBy(survivors, ({ mutant, states }) => JSON.stringify([mutant.rule.id, states]));
  return groups.map((group): PolicyFinding => {
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
  const hint = about && hintFor(about.witness, policy, base, casesFile);
  return { level: 'warning', file: policy.source, hint, about };
}

/** The lines of a case that has this state, and expects what the policy gives. */
function hintFor(state: DecidingVector, policy: Policy, base: DecidingVector, casesFile: string): string {
  const rule = decide(policy, state);
  if (!rule) return 'let a rule decide such a state: the default is no verdict that a case can expect';
  const { id, cleanupClass, reason } = rule;
  const when = DECIDING_FACT_NAMES.filter((fact) => state[fact] !== base[fact]).map(
    (fact) => `${fact}: ${state[fact]}`,
  );
  const then = [`class: ${cleanupClass}`, ...(reason === null ? [] : [`reason: ${reason}`]), `rule: ${id}`];
  return [
    `if this is right, add to ${casesFile}:`,
    '  - name: # say what it is',
    `    when: { ${when.join(', ')} }`,
    `    then: { ${then.join(', ')} }`,
  ].join('\n');
}

function decidedWords(cleanupClass: CleanupClass, reason: string | null, rule: string | null): string {
  return `${verdictWords(cleanupClass, reason)} by ${rule === null ? 'the default' : `\`${rule}\``}`;
}
