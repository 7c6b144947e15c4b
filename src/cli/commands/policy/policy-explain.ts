import { DEFAULT_COLLECTOR } from '../../../model/evidence.js';
import { DECIDING_FACT_NAMES, DECIDING_FACTS, type DecidingVector } from '../../../model/policy-facts.js';
import { whyImpossible } from '../../../model/possible-states.js';
import type { CleanupClass } from '../../../model/verdict.js';
import { explainState, type StateExplanation } from '../../../policy/explain-state.js';
import { policyName } from '../../../policy/file-name.js';
import { suggestion } from '../../../policy/nearest-word.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import { verdictWords } from '../../../policy/words.js';
import { storyLines } from '../../../report/formats/explain.js';
import { formatJson } from '../../../report/formats/json.js';
import { styleFor } from '../../../report/formats/style.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { type Failure, reportFailure } from '../../failure.js';
import { hasColour, print } from '../../print.js';
import { authDoctor } from '../auth-doctor.js';
import { reportRefused } from './finish.js';

export interface PolicyExplainOptions {
  readonly json?: true;
  readonly facts?: string;
  readonly set?: readonly string[];
  readonly policy?: string;
  readonly whyNot?: CleanupClass;
}

/** `spec-kitty policy explain`: what the policy makes of saved facts, or of a state that is put together by hand. */
export async function policyExplain({
  facts,
  set,
  policy,
  whyNot,
  json,
}: PolicyExplainOptions): Promise<ExitCode> {
  const asJson = json ?? false;
  if (facts !== undefined) {
    const format = asJson ? 'json' : 'text';
    const options = { facts, explain: true, collector: DEFAULT_COLLECTOR, format } as const;
    return authDoctor({ ...options, ...(policy === undefined ? {} : { policy }) });
  }
  const opened = openCompiled(policyName(policy));
  if (!opened.ok) return reportRefused('explain', opened, asJson);
  const read = readState(set ?? []);
  if (!read.ok) return reportFailure(read, asJson);
  const explained = await explainState(opened.compiled.policy, read.state, whyNot ?? null);
  print(asJson ? formatJson(explained) : await textFor(explained));
  return EXIT.done;
}

type ReadState = { readonly ok: true; readonly state: DecidingVector } | (Failure & { readonly ok: false });

/** `fact=value` for every fact that decides: none is guessed. */
function readState(words: readonly string[]): ReadState {
  const state: Record<string, string> = {};
  for (const word of words) {
    const [fact = '', value = ''] = word.split('=', 2);
    const valid: readonly string[] =
      fact in DECIDING_FACTS ? DECIDING_FACTS[fact as keyof DecidingVector] : [];
    if (valid.length === 0)
      return refuse(`\`${fact}\` is no fact that decides`, suggestion(fact, DECIDING_FACT_NAMES));
    if (!valid.includes(value))
      return refuse(`\`${value}\` is no value of \`${fact}\``, suggestion(value, valid));
    state[fact] = value;
  }
  const [missing] = DECIDING_FACT_NAMES.filter((fact) => !(fact in state));
  if (missing)
    return refuse(`\`${missing}\` is not set`, `add \`${missing}=${DECIDING_FACTS[missing].join('|')}\``);
  const vector = state as unknown as DecidingVector;
  const why = whyImpossible(vector);
  return why === null
    ? { ok: true, state: vector }
    : refuse(`no candidate can be so: ${why}`, 'change one of the facts');
}

function refuse(message: string, nextStep: string): ReadState {
  return { ok: false, message, nextStep };
}

async function textFor({
  cleanup_class: cleanupClass,
  skip_reason: reason,
  explanation,
}: StateExplanation): Promise<string> {
  const style = await styleFor(hasColour());
  return `${[style.bold(verdictWords(cleanupClass, reason)), ...storyLines(explanation, style)].join('\n')}\n`;
}
