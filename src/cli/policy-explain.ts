import type { Machine } from '../machine/machine.js';
import { DECIDING_FACT_NAMES, DECIDING_FACTS, type DecidingVector } from '../model/policy-facts.js';
import type { CleanupClass } from '../model/verdict.js';
import { explainState, type StateExplanation } from '../policy/explain.js';
import { describeVerdict } from '../policy/finding.js';
import { openForAnalysis } from '../policy/load.js';
import { suggestion } from '../policy/schema.js';
import { policyName } from '../policy/source-file.js';
import { whyImpossible } from '../policy/vocabulary.js';
import { ruleAndChangeLines } from '../report/explain.js';
import { formatJson } from '../text/json.js';
import { authDoctor } from './doctor.js';
import { EXIT, type ExitCode, type Failure, reportFailure, screenOf } from './output.js';
import { reportRefused } from './policy-output.js';

export interface PolicyExplainOptions {
  readonly json?: true;
  readonly facts?: string;
  readonly set?: readonly string[];
  readonly policy?: string;
  readonly whyNot?: CleanupClass;
}

/** `spec-kitty policy explain`: the verdicts on saved facts, or on a state given by hand, with every rule. */
export async function policyExplain(
  machine: Machine,
  { facts, set, policy, whyNot, json }: PolicyExplainOptions,
): Promise<ExitCode> {
  const asJson = json ?? false;
  if (facts !== undefined) {
    const format = asJson ? 'json' : 'text';
    const options = {
      facts,
      explain: true,
      collector: machine.observer.platform.defaultCollector,
      format,
      targets: [],
    } as const;
    return authDoctor(machine, { ...options, ...(policy === undefined ? {} : { policy }) });
  }
  const opened = openForAnalysis(machine.observer, policyName(machine.observer, policy));
  if (!opened.ok) return reportRefused(machine, 'explain', opened, asJson);
  const read = readState(set ?? []);
  if (!read.ok) return reportFailure(machine, read, asJson);
  const explained = await explainState(opened.compiled.policy, read.state, whyNot ?? null);
  machine.actor.terminal.print(asJson ? formatJson(explained) : textFor(machine, explained));
  return EXIT.done;
}

type ReadState = { readonly ok: true; readonly state: DecidingVector } | (Failure & { readonly ok: false });

/** Reads `fact=value` words; every deciding fact must be given. */
function readState(words: readonly string[]): ReadState {
  const state: Record<string, string> = {};
  for (const word of words) {
    const [fact = '', value = ''] = word.split('=', 2);
    const valid: readonly string[] =
      fact in DECIDING_FACTS ? DECIDING_FACTS[fact as keyof DecidingVector] : [];
    if (valid.length === 0)
      return refuse(`\`${fact}\` is not a fact that rules can name`, suggestion(fact, DECIDING_FACT_NAMES));
    if (!valid.includes(value))
      return refuse(`\`${value}\` is not a value of \`${fact}\``, suggestion(value, valid));
    state[fact] = value;
  }
  const [missing] = DECIDING_FACT_NAMES.filter((fact) => !(fact in state));
  if (missing)
    return refuse(`\`${missing}\` is not set`, `add \`${missing}=${DECIDING_FACTS[missing].join('|')}\``);
  const vector = state as unknown as DecidingVector;
  const why = whyImpossible(vector);
  return why === null
    ? { ok: true, state: vector }
    : refuse(`no listener can have these facts: ${why}`, 'change one of the facts');
}

function refuse(message: string, remedy: string): ReadState {
  return { ok: false, message, remedy };
}

function textFor(
  machine: Machine,
  { cleanup_class: cleanupClass, skip_reason: reason, explanation }: StateExplanation,
): string {
  const screen = screenOf(machine);
  const verdict = screen.style.bold(describeVerdict(cleanupClass, reason));
  return `${[verdict, ...ruleAndChangeLines(explanation, screen)].join('\n')}\n`;
}
