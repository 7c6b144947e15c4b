import { join } from 'node:path';
import type { Tree } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { HistoryAct, RecentAct } from '../model/journal.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';

/** Limit for a journal file, in bytes: four times the size at which the journal is rotated. */
const LONGEST_JOURNAL = 1024 * 1024;
/** Twice the ports of a range: all acts of the last reset, and some before it. */
const MOST_ACTS = 100;
/** Lines read from the end of each file. A file of a million empty lines would take too long. */
const MOST_LINES = 2000;

/** Reads the last recorded actions from the journal of a root, newest first. Incomplete lines are skipped. */
export function readRecentActs(family: Family, root: string, tree: Tree): readonly RecentAct[] {
  return readJournal(family, root, tree)
    .acts.slice(0, MOST_ACTS)
    .map(({ at, asked_by, pid, port, rule, result }) => ({ at, asked_by, pid, port, rule, result }));
}

/** The acts in a journal, newest first, and the files of it that could not be read. */
export interface JournalContent {
  readonly path: string;
  readonly acts: readonly HistoryAct[];
  readonly unreadable: readonly { readonly path: string; readonly why: string }[];
}

/** Reads the journal of a root and its rotated file: at most `MOST_LINES` of each. Incomplete lines are skipped. */
export function readJournal(family: Family, root: string, tree: Tree): JournalContent {
  const path = join(root, DAEMON_FILES[family].journal);
  const acts = new Map<string, HistoryAct>();
  const unreadable: { path: string; why: string }[] = [];
  for (const file of [`${path}.1`, path]) {
    const content = tree.readFile(file, LONGEST_JOURNAL);
    if (content.kind === 'read')
      for (const line of content.text.split('\n').slice(-MOST_LINES)) addLine(line, acts);
    else if (content.kind === 'unreadable') unreadable.push({ path: file, why: content.why });
    else if (content.kind === 'too_big')
      unreadable.push({ path: file, why: `longer than ${content.limit} bytes` });
  }
  return { path, acts: [...acts.values()].reverse(), unreadable };
}

function addLine(line: string, acts: Map<string, HistoryAct>): void {
  const fields = parse(line);
  const act = textOf(fields?.['act']);
  if (!fields || act === null) return;
  if (fields['event'] !== 'outcome') {
    const begun = beginningOf(fields);
    if (begun) acts.set(act, begun);
    return;
  }
  const known = acts.get(act);
  const detail = textOf(fields['detail']) ?? known?.detail ?? null;
  if (known) acts.set(act, { ...known, result: textOf(fields['result']), detail });
}

/** Returns the act that a line begins: an intent, a `forget`, or a retirement, which has no other line. */
function beginningOf(fields: Record<string, unknown>): HistoryAct | null {
  const event = EVENTS.find((name) => name === fields['event']);
  const at = textOf(fields['at']);
  const askedBy = event === 'retirement' ? 'itself' : textOf(fields['asked_by']);
  const pid = integerOf(fields['pid']);
  const port = integerOf(fields['port']);
  if (event === undefined || at === null || Number.isNaN(Date.parse(at))) return null;
  if (askedBy === null || pid === null || port === null) return null;
  const retired = textOf(fields['reason']);
  return {
    ...{ at, event, asked_by: askedBy, pid, port, rule: textOf(fields['rule']) },
    result: event === 'retirement' ? `retired: ${retired ?? 'unknown'}` : null,
    cleanup_class: textOf(fields['cleanup_class']),
    reason: event === 'retirement' ? retired : textOf(fields['skip_reason']),
    detail: textOf(fields['detail']),
  };
}

const EVENTS = ['intent', 'forget', 'retirement'] as const satisfies readonly HistoryAct['event'][];

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
