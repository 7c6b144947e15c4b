import type { PortRange } from '../../model/family.js';
import type { CandidateInView } from '../view.js';
import type { Finding } from '../../report/report.js';
import { DISPLAY_STATUSES, displayStatusOf } from '../../report/candidate.js';
import { element } from './element.js';
import { keyOf, listenerDetails } from './listener.js';

/** The content of one family's section. */
export interface FamilyView {
  readonly title: string;
  readonly ports: PortRange;
  /** Why the family could not be examined, or null if it was examined. */
  readonly error: string | null;
  readonly findings: readonly Finding[];
  readonly candidates: readonly CandidateInView[];
}

/** Shows a family in its section. Listeners whose details were open stay open. */
export function showFamily(section: HTMLElement, view: FamilyView, now: Date): void {
  const open = new Set([...section.querySelectorAll('details[open]')].map(({ id }) => id));
  const { title, ports, error, findings, candidates } = view;
  section.replaceChildren(
    element('h2', { id: `${section.id}-title` }, title),
    ...(error === null ? [] : [element('p', { class: 'error', role: 'alert' }, error)]),
    findingList(findings),
    portMap(ports, candidates, title),
    legend(candidates),
    listenerList(candidates, open, now),
  );
}

function findingList(findings: readonly Finding[]): HTMLElement {
  return element(
    'ul',
    { class: 'findings' },
    ...findings.map(({ severity, summary, remediation }) =>
      element(
        'li',
        { class: severity },
        summary,
        remediation?.command == null ? null : element('code', {}, remediation.command),
      ),
    ),
  );
}

function portMap(
  { first, end }: PortRange,
  candidates: readonly CandidateInView[],
  title: string,
): HTMLElement {
  const ports = Array.from({ length: end - first }, (_, index) => first + index);
  return element(
    'ol',
    { class: 'map', 'aria-label': `${title}: ports ${first} to ${end - 1}` },
    ...ports.map((port) =>
      portCell(
        port,
        candidates.filter((candidate) => candidate.port === port),
      ),
    ),
  );
}

/**
 * Creates the cell of a port. A used port links to its listener. A free port is hidden from keyboard and screen reader.
 */
function portCell(port: number, listeners: readonly CandidateInView[]): HTMLElement {
  const status = displayStatusOf(listeners);
  const [first] = listeners;
  if (!status || !first) return element('li', { class: 'free', 'aria-hidden': 'true' });
  const link = element(
    'a',
    { href: `#${keyOf(first)}`, title: `${port}: ${status.meaning}` },
    String(port),
    element('span', { class: 'unseen' }, `, ${status.meaning}`),
  );
  link.addEventListener('click', (event) => {
    // The default action would move the focus, and would not open the details.
    event.preventDefault();
    const details = document.getElementById(keyOf(first));
    if (!(details instanceof HTMLDetailsElement)) return;
    details.open = true;
    details.querySelector('summary')?.focus();
  });
  return element('li', { class: status.name }, link);
}

function legend(candidates: readonly CandidateInView[]): HTMLElement {
  const counts = DISPLAY_STATUSES.map(({ name, meaning }) => {
    const count = candidates.filter((candidate) => displayStatusOf([candidate])?.name === name).length;
    return count === 0 ? null : element('li', { class: name }, `${count} ${meaning}`);
  });
  const isEmpty = candidates.length === 0;
  return element('ul', { class: 'legend' }, ...counts, isEmpty ? element('li', {}, 'no listeners') : null);
}

function listenerList(
  candidates: readonly CandidateInView[],
  open: ReadonlySet<string>,
  now: Date,
): HTMLElement {
  return element(
    'div',
    { class: 'listeners' },
    ...candidates.map((candidate) => listenerDetails(candidate, now, open.has(keyOf(candidate)))),
  );
}
