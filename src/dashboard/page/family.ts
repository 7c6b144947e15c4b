import { formatMoment } from '../../text/terminal.js';
import { recentRuns } from '../../report/acts.js';
import type { ActInView, FamilyInView } from '../view.js';
import { type Child, element } from './element.js';
import { definitionList, listenerTable, type Showing } from './listener.js';
import { portMap } from './port-map.js';

/** What differs between the sections of the two families. */
export interface FamilySection {
  /** Id of the section. */
  readonly id: string;
  readonly title: string;
  /** What one root of this family is to a user. */
  readonly rootHead: string;
  readonly facts: readonly (readonly [string, Child])[];
}

/** Returns the content of one family's section: facts, port map, listeners and last actions. */
export function familySection(
  { ports, could_not_look: notLooked, candidates, recent }: FamilyInView,
  { id, title, rootHead, facts }: FamilySection,
  showing: Showing,
): readonly HTMLElement[] {
  const map =
    notLooked === null
      ? portMap(ports, candidates, { id, title })
      : element('p', {}, `${ports.first} to ${ports.end - 1}: unknown, because the scan failed.`);
  return [
    element('h2', { id: `${id}-title` }, title),
    element('div', { class: 'overview' }, map, definitionList(facts)),
    ...(candidates.length === 0
      ? [element('p', { class: 'quiet empty' }, notLooked === null ? 'Nothing listens on these ports.' : '')]
      : [listenerTable(candidates, { id, title, rootHead }, showing)]),
    ...lastActions(recent, showing.now),
  ];
}

function lastActions(recent: readonly ActInView[], now: Date): readonly HTMLElement[] {
  if (recent.length === 0) return [];
  const rows = recentRuns(recent).map(({ at, ports, processes, words }) =>
    element(
      'li',
      {},
      element('span', { class: 'moment' }, formatMoment(at, now)),
      element('span', { class: 'who' }, `${ports}, ${processes}`),
      element('span', {}, words),
    ),
  );
  return [element('h3', {}, 'Done here before'), element('ul', { class: 'actions' }, ...rows)];
}
