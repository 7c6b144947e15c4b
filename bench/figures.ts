import type { Measured, Medians } from './measure.js';
import type { Budget, Scenario } from './scenarios.js';

/** The result of one scenario, also printed by `--json`. */
export interface Figure {
  readonly id: string;
  readonly subject: string;
  readonly reference: string;
  readonly rounds: number;
  readonly subject_ms: number;
  readonly reference_ms: number;
  /** Ratio of the two medians. */
  readonly ratio: number;
  readonly budget: Budget | null;
  readonly met: boolean;
}

export function figureOf(
  { id, subject, reference, rounds }: Scenario,
  { medians, budget }: Measured,
): Figure {
  const ratio = medians.subject / medians.reference;
  return {
    id,
    subject: subject.name,
    reference: reference.name,
    rounds,
    subject_ms: round(medians.subject, 1),
    reference_ms: round(medians.reference, 1),
    ratio: round(ratio, 2),
    budget,
    met: !budget || medians.subject <= limitOf(budget, medians),
  };
}

function limitOf(budget: Budget, { reference }: Medians): number {
  return 'times' in budget ? budget.times * reference + (budget.plusMs ?? 0) : budget.ms;
}

/** Formats a figure as text. */
export function formatFigure(figure: Figure): string {
  const { subject, reference, subject_ms: ms, reference_ms: referenceMs, ratio, budget, met } = figure;
  const verdict = budget === null ? 'no budget' : `${met ? 'within' : 'MISSED:'} ${budgetText(budget)}`;
  const times = `${ratio.toFixed(2)} x ${reference} (${referenceMs.toFixed(0)} ms)`;
  return `${subject}\n  ${ms.toFixed(0)} ms = ${times}; ${verdict}`;
}

export function budgetText(budget: Budget): string {
  if ('ms' in budget) return `at most ${budget.ms} ms`;
  const { times, plusMs } = budget;
  return `at most ${times} x${plusMs === undefined ? '' : ` and ${plusMs} ms`}`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
