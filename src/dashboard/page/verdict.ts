import { groupedBy } from '../../report/groups.js';
import type { Finding } from '../../report/report.js';
import { liveDaemonWords, needsWords } from '../../report/summary.js';
import type { DashboardView } from '../view.js';
import { stepOf } from './copy.js';
import { element, sentence } from './element.js';

/** Counts the things that need the user. */
export function needsOf(view: DashboardView): number {
  return allFindings(view).filter(({ severity }) => severity === 'attention').length;
}

/** Returns the verdict for the whole in one line, and below it what it is made of. */
export function verdictOf(view: DashboardView): readonly HTMLElement[] {
  const needs = needsOf(view);
  const { sync, dashboards } = view;
  const about = [
    ['Sync daemons', needsWords(syncFindings(view), 'error' in sync ? [] : sync.candidates)],
    ['Dashboards', needsWords(dashboards.findings, dashboards.candidates)],
  ].flatMap(([family, words]) => (words === null ? [] : [`${String(family)}: ${String(words)}.`]));
  const live = 'error' in sync ? [] : [liveDaemonWords(sync.daemon)];
  return [element('h1', {}, verdictWords(needs)), element('p', {}, [...about, ...live].join(' '))];
}

function verdictWords(needs: number): string {
  if (needs === 0) return 'Nothing needs you';
  return needs === 1 ? '1 thing needs you' : `${needs} things need you`;
}

/** Lists the findings, each with its step: first what needs the user, then what is good to know. */
export function findingLists(view: DashboardView): readonly HTMLElement[] {
  const all = allFindings(view);
  return [...findingList('What needs you', 'attention', all), ...findingList('Good to know', 'info', all)];
}

function findingList(
  title: string,
  wanted: Finding['severity'],
  all: readonly Finding[],
): readonly HTMLElement[] {
  const those = all.filter(({ severity }) => severity === wanted);
  if (those.length === 0) return [];
  return [
    element('h2', { id: `${wanted}-title` }, title),
    element(
      'ul',
      { class: 'findings', id: `${wanted}-list`, 'aria-labelledby': `${wanted}-title` },
      ...those.map(({ summary, remediation }, index) =>
        element(
          'li',
          { class: wanted },
          element('p', { class: 'summary' }, ...sentence(summary)),
          remediation && stepOf(remediation, `${wanted}-${index}`),
        ),
      ),
    ),
  ];
}

/** The findings of both families. Identical ones are one. */
function allFindings(view: DashboardView): readonly Finding[] {
  const all = [...syncFindings(view), ...view.dashboards.findings];
  return groupedBy(all, ({ severity, summary, remediation }) => [severity, summary, remediation]).map(
    ([first]) => first,
  );
}

function syncFindings({ sync }: DashboardView): readonly Finding[] {
  if (!('error' in sync)) return sync.findings;
  const { message, next_step: command } = sync.error;
  const remediation = { command, effect: 'says why, in a terminal' };
  return [
    {
      id: 'doctor_failed',
      severity: 'attention',
      summary: `the sync daemons are unknown: ${message}`,
      remediation,
    },
  ];
}
