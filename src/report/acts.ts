import { rangesText } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import type { CleanupPath } from '../model/outcome.js';
import type { Group } from './groups.js';
import { processesWords, recentActWords } from './words.js';

/** Acts of one command with the same result, as one line shows them. */
export interface ActRun {
  /** When the last of them began. */
  readonly at: string;
  readonly ports: string;
  readonly processes: string;
  readonly words: string;
}

type Act = Pick<RecentAct, 'at' | 'asked_by' | 'pid' | 'port' | 'result'>;

/** Returns the last runs of acts, newest first. */
export function recentRuns(acts: readonly Act[]): readonly ActRun[] {
  const runs: Group<Act>[] = [];
  for (const act of withoutConfirmations(acts)) {
    const index = runs.findIndex(
      (run) =>
        recentActWords(run[0]) === recentActWords(act) &&
        Math.abs(Date.parse((run.at(-1) ?? run[0]).at) - Date.parse(act.at)) < SAME_RUN_MS,
    );
    const run = runs[index];
    if (run) runs[index] = [...run, act];
    else runs.push([act]);
  }
  return runs.slice(0, MOST_RUNS).map((run) => ({
    at: run[0].at,
    ports: rangesText(run.map(({ port }) => port)),
    processes: processesWords(run.map(({ pid }) => pid)),
    words: recentActWords(run[0]),
  }));
}

const SAME_RUN_MS = 60_000;
const MOST_RUNS = 5;

/**
 * Leaves out the entries of daemons that say they were asked to stop, where the entry before of the same daemon says
 * which command retired it: one retirement is one entry for people.
 * @param acts newest first
 */
export function withoutConfirmations<One extends Pick<RecentAct, 'pid' | 'port' | 'result'>>(
  acts: readonly One[],
): readonly One[] {
  return acts.filter(({ pid, port, result }, index) => {
    if (result !== 'retired: asked') return true;
    const before = acts.slice(index + 1).find((act) => act.pid === pid && act.port === port);
    return !RETIRED.includes(before?.result ?? '');
  });
}

const RETIRED: readonly string[] = ['http_shutdown', 'terminate', 'kill'] satisfies readonly CleanupPath[];
