import { join } from 'node:path';
import type { Tree } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';

/** Limit for a journal file, in bytes: four times the size at which the journal is rotated. */
const LONGEST_JOURNAL = 1024 * 1024;
const MOST_ACTS = 20;
/** Lines read from the end of each file. A file of a million empty lines would take too long. */
const MOST_LINES = 2000;

/** Reads the last recorded actions from the journal of a root, newest first. Incomplete lines are skipped. */
export function readRecentActs(family: Family, root: string, tree: Tree): readonly RecentAct[] {
  const path = join(root, DAEMON_FILES[family].journal);
  const lines = [`${path}.1`, path].flatMap((file) => {
    const content = tree.readFile(file, LONGEST_JOURNAL);
    return content.kind === 'read' ? content.text.split('\n').slice(-MOST_LINES) : [];
  });
  const acts = new Map<string, RecentAct>();
  for (const line of lines) addLine(line, acts);
  return [...acts.values()].reverse().slice(0, MOST_ACTS);
}

function addLine(line: string, acts: Map<string, RecentAct>): void {
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
  if (!isRetirement && fields['event'] !== 'intent' && fields['event'] !== 'forget') return;
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
