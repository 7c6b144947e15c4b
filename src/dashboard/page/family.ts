import type { PortRange } from '../../model/family.js';
import type { CandidateInView } from '../view.js';
import type { Finding } from '../../report/report.js';
import { DISPLAY_STATUSES, displayStatusOf } from '../../report/candidate.js';
import { element } from './element.js';
import { keyOf, listenerDetails } from './listener.js';

/** What is shown of one family. */
export interface FamilyView {
  readonly title: string;
  readonly ports: PortRange;
  /** Why nothing can be said, or null. */
  readonly trouble: string | null;
  readonly findings: readonly Finding[];
  readonly candidates: readonly CandidateInView[];
}

/** Puts a family into its section; what was open stays open. */
export function showFamily(section: HTMLElement, view: FamilyView, now: Date): void {
  const open = new Set([...section.querySelectorAll('details[open]')].map(({ id }) => id));
  const { title, ports, trouble, findings, candidates } = view;
  section.replaceChildren(
    element('h2', { id: `${section.id}-title` }, title),
    ...(trouble === null ? [] : [element('p', { class: 'trouble', role: 'alert' }, trouble)]),
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

/** A taken port leads to its listener; a free one is no place to stop at. */
function portCell(port: number, there: readonly CandidateInView[]): HTMLElement {
  const standing = displayStatusOf(there);
  const [first] = there;
  if (!standing || !first) return element('li', { class: 'free', 'aria-hidden': 'true' });
  const link = element(
    'a',
    { href: `#${keyOf(first)}`, title: `${port}: ${standing.meaning}` },
    String(port),
    element('span', { class: 'unseen' }, `, ${standing.meaning}`),
  );
  link.addEventListener('click', (event) => {
    // Following it would take the focus along, and leave what it leads to closed.
    event.preventDefault();
    const details = document.getElementById(keyOf(first));
    if (!(details instanceof HTMLDetailsElement)) return;
    details.open = true;
    details.querySelector('summary')?.focus();
  });
  return element('li', { class: standing.name }, link);
}

function legend(candidates: readonly CandidateInView[]): HTMLElement {
  const counts = DISPLAY_STATUSES.map(({ name, meaning }) => {
    const number = candidates.filter((candidate) => displayStatusOf([candidate])?.name === name).length;
    return number === 0 ? null : element('li', { class: name }, `${number} ${meaning}`);
  });
  const isEmpty = candidates.length === 0;
  return element('ul', { class: 'legend' }, ...counts, isEmpty ? element('li', {}, 'nobody listens') : null);
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
