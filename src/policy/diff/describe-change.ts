import type { Invariant } from '../invariant.js';
import { TOP } from '../problem.js';
import { sha256Of } from '../sha256-of.js';
import { witnessOf } from '../regions.js';
import { verdictWords } from '../words.js';
import type { Acknowledgement, Acknowledgements } from './acknowledged.js';
import type { Change, Decided } from './changes.js';
import type { DiffFinding, FailOn } from './diff-result.js';

interface Context {
  readonly file: string;
  readonly failOn: FailOn;
  readonly acknowledgements: Acknowledgements;
}

/** One change of verdicts, at the rule that gives the new ones. */
export function describeChange(change: Change, context: Context): DiffFinding {
  const { kind, region, states, before, after } = change;
  return {
    check: kind === 'reason' ? 'reason-changed' : kind,
    file: context.file,
    line: after.line,
    column: after.column,
    message: `${verdictOf(before)} became ${verdictOf(after)}: ${decidersOf(before, after)}`,
    about: { region, states: states.length, witness: witnessOf(region) },
    before,
    after,
    ...answerTo(change, context),
  };
}

/** An invariant of the policy's own that it no longer states. */
export function describeRemoved(invariant: Invariant, context: Context): DiffFinding {
  const { place, why, ...theorem } = invariant;
  return {
    check: 'invariant-removed',
    file: context.file,
    ...TOP,
    message: `the invariant of line ${place.line}, "${why}", is no longer stated, nor implied by those that are`,
    about: null,
    before: null,
    after: null,
    ...acknowledgeable({ removed: theorem }, context),
  };
}

/** An entry that would let the same change pass another time. */
export function describeStale({ line, column }: Acknowledgement, file: string): DiffFinding {
  return {
    check: 'stale-acknowledgement',
    level: 'note',
    file,
    line,
    column,
    message: 'it acknowledges nothing that this change does',
    hint: 'remove it: it would let the same change pass another time',
    change: null,
    acknowledged: null,
    about: null,
    before: null,
    after: null,
  };
}

type Answer = Pick<DiffFinding, 'level' | 'hint' | 'change' | 'acknowledged'>;

/** Whether a change is an error, and what its author can do about it. */
function answerTo({ kind, region, before, after, breaks }: Change, context: Context): Answer {
  const { failOn } = context;
  const unanswerable = { change: null, acknowledged: null };
  if (kind !== 'loosened') {
    return { ...unanswerable, level: failOn === 'changed' ? 'error' : 'note', hint: null };
  }
  if (breaks !== null) {
    const hint = `take it back: it breaks the mandatory invariant "${breaks}", for which nobody can answer`;
    return { ...unanswerable, level: failOn === 'none' ? 'warning' : 'error', hint };
  }
  return acknowledgeable({ region, before: verdictOf(before), after: verdictOf(after) }, context);
}

/** What is loosened is an error until somebody answers for it. */
function acknowledgeable(content: object, { failOn, acknowledgements }: Context): Answer {
  // With a prefix it is a word to YAML, also when it has no letter.
  const change = `sha256:${sha256Of(JSON.stringify(content))}`;
  const acknowledged = acknowledgements.entries.find((entry) => entry.change === change)?.why ?? null;
  const fails = failOn === 'changed' || (failOn === 'loosened' && acknowledged === null);
  return {
    level: fails ? 'error' : 'warning',
    hint: acknowledged === null ? linesFor(change, acknowledgements) : null,
    change,
    acknowledged,
  };
}

/** The lines to add, but for the reason, which only its author knows: without one they are refused. */
function linesFor(change: string, { file }: Acknowledgements): string {
  return [`if it is meant, add to ${file}:`, `- change: ${change}`, '  why: # say why it may be looser'].join(
    '\n',
  );
}

function verdictOf(decided: Decided): string {
  return verdictWords(decided.class, decided.reason);
}

function decidersOf(before: Decided, after: Decided): string {
  if (before.rule === null || before.rule !== after.rule) {
    return `${deciderOf(before)} decided, ${deciderOf(after)} decides now`;
  }
  const was = before.line === after.line ? '' : `, line ${before.line} before`;
  return `\`${before.rule}\` (line ${after.line}${was}) decides`;
}

function deciderOf({ rule, line }: Decided): string {
  return rule === null ? 'the default' : `\`${rule}\` (line ${line})`;
}
