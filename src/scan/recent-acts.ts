import { join } from 'node:path';
import type { Tree } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';

/** Four times the size at which the journal starts anew. */
const LONGEST_JOURNAL = 1024 * 1024;
const MOST_ACTS = 20;
/** Of each file, from its end: one that holds nothing but line ends has a million, and each that is none takes its time. */
const MOST_LINES = 2000;

/** Reads the last acts in a root from its journal, newest first. A torn line spoils nothing but itself. */
export function readRecentActs(family: Family, root: string, tree: Tree): readonly RecentAct[] {
  const path = join(root, DAEMON_FILES[family].journal);
  const lines = [`${path}.1`, path].flatMap((file) => {
    const reading = tree.readFile(file, LONGEST_JOURNAL);
    return reading.kind === 'read' ? reading.text.split('\n').slice(-MOST_LINES) : [];
  });
  const acts = new Map<string, RecentAct>();
  for (const line of lines) takeUp(line, acts);
  return [...acts.values()].reverse().slice(0, MOST_ACTS);
}

function takeUp(line: string, acts: Map<string, RecentAct>): void {
  const fields = parse(line);
  const act = textOf(fields?.['act']);
  if (!fields || act === null) return;
  const known = acts.get(act);
  if (fields['event'] === 'outcome') {
    if (known) acts.set(act, { ...known, result: textOf(fields['result']) });
    return;
  }
  const at = textOf(fields['at']);
  const isRetirement = fields['event'] === 'retirement';
  const askedBy = isRetirement ? 'itself' : textOf(fields['asked_by']);
  const pid = integerOf(fields['pid']);
  const port = integerOf(fields['port']);
  if (!isRetirement && fields['event'] !== 'intent') return;
  if (at === null || Number.isNaN(Date.parse(at)) || askedBy === null || pid === null || port === null)
    return;
  const result = isRetirement ? `retired: ${textOf(fields['reason']) ?? 'unknown'}` : null;
  acts.set(act, { at, asked_by: askedBy, pid, port, rule: textOf(fields['rule']), result });
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
