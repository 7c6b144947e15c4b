import type { PortRange } from '../../model/family.js';
import { DISPLAY_STATUSES, displayStatusOf } from '../../report/candidate.js';
import type { CandidateInView } from '../view.js';
import { element } from './element.js';
import { groupKey, keyOf } from './listener.js';

/**
 * Draws the ports of a range, ten in a row: the row says the port without its last digit, and the column says the last
 * digit. A used port is a link to its listener. Of a range of more than fifty ports, rows without a listener are left out.
 */
export function portMap(
  { first, end }: PortRange,
  candidates: readonly CandidateInView[],
  { id, title }: { readonly id: string; readonly title: string },
): HTMLElement {
  const isUsed = (ten: number): boolean => candidates.some(({ port }) => port >= ten && port < ten + 10);
  const all = Array.from(
    { length: Math.ceil(end / 10) - Math.floor(first / 10) },
    (_, index) => (Math.floor(first / 10) + index) * 10,
  );
  const tens = end - first > MOST_PORTS ? all.filter(isUsed) : all;
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  const cell = (port: number): HTMLElement =>
    port < first || port >= end
      ? element('li', { class: 'none', 'aria-hidden': 'true' })
      : portCell(
          port,
          candidates.filter((candidate) => candidate.port === port),
          id,
        );
  return element(
    'div',
    { class: 'ports' },
    element(
      'ol',
      { class: 'digits', 'aria-hidden': 'true' },
      element('li', {}),
      ...digits.map((digit) => element('li', {}, String(digit))),
    ),
    ...tens.map((ten) =>
      element(
        'div',
        { class: 'row' },
        element('span', { class: 'label', 'aria-hidden': 'true' }, String(ten)),
        element(
          'ol',
          {
            class: 'map',
            'aria-label': `${title} on ports ${Math.max(ten, first)} to ${Math.min(ten + 9, end - 1)}`,
          },
          ...digits.map((digit) => cell(ten + digit)),
        ),
      ),
    ),
    legend(candidates),
    tens.length < all.length
      ? element('p', { class: 'quiet' }, `All other ports from ${first} to ${end - 1} are free.`)
      : null,
  );
}

const MOST_PORTS = 50;

/** Creates the cell of a port. A free port is hidden from keyboard and screen reader. */
function portCell(port: number, listeners: readonly CandidateInView[], section: string): HTMLElement {
  const status = displayStatusOf(listeners);
  const first = listeners.find((listener) => displayStatusOf([listener]) === status);
  if (!status || !first)
    return element('li', { class: 'free', 'aria-hidden': 'true', title: `${port}: free` });
  const words = element('span', { class: 'unseen' }, `${port}, ${status.meaning}`);
  const link = element(
    'a',
    {
      href: `#${keyOf(first)}`,
      id: `to-${keyOf(first)}`,
      title: `${port}: ${status.meaning}`,
      'data-group': groupKey(section, status.name),
    },
    words,
  );
  return element('li', { class: status.name }, link);
}

function legend(candidates: readonly CandidateInView[]): HTMLElement {
  const entries = DISPLAY_STATUSES.flatMap(({ name, meaning, group }) => {
    const count = candidates.filter((candidate) => displayStatusOf([candidate])?.name === name).length;
    return count === 0
      ? []
      : [element('li', { class: name }, `${count} ${count === 1 ? meaning : group.toLowerCase()}`)];
  });
  return element('ul', { class: 'legend' }, ...entries, element('li', { class: 'free' }, 'free'));
}
