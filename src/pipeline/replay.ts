import { redactFacts } from '../facts/redact.js';
import { type Reading, read } from '../model/evidence.js';
import type { PolicyHandle } from '../model/verdict.js';
import { type Examination, judge } from './examine.js';

/** Judges facts that were saved, here or on another machine: byte for byte the same verdicts. */
export async function examineSaved(path: string, policy: PolicyHandle): Promise<Reading<Examination>> {
  const { readSavedFacts } = await import('../facts/replay.js');
  const facts = readSavedFacts(path);
  return facts.ok ? read(await judge(facts.value, policy)) : facts;
}

/** The facts of an examination as text that may be shown to others: its secrets are gone. */
export function savedFacts({ facts }: Examination): string {
  return `${JSON.stringify(redactFacts(facts), null, 2)}\n`;
}
