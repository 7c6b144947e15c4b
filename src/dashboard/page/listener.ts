import type { CandidateInView } from '../view.js';
import type { Remediation } from '../../report/report.js';
import { displayStatusOf } from '../../report/candidate.js';
import { classWords, verdictReasonWords } from '../../report/words.js';
import { formatAge, formatBytes } from '../../text/terminal.js';
import { element } from './element.js';

/** A listener by what makes it this one; it stays the same from one look to the next. */
export function keyOf({ port, address, pid }: CandidateInView): string {
  return `${port}-${address.replaceAll(/[^0-9a-z]/gi, '-')}-${pid ?? 'unknown'}`;
}

/** One listener: what it is on one line, and why on demand. */
export function listenerDetails(candidate: CandidateInView, now: Date, isOpen: boolean): HTMLElement {
  const { port, address, pid, cleanup_class: cleanupClass, skip_reason: reason, cost } = candidate;
  const standing = displayStatusOf([candidate]);
  return element(
    'details',
    { id: keyOf(candidate), class: standing?.name ?? 'not-ours', open: isOpen },
    element(
      'summary',
      {},
      element('span', { class: 'port' }, String(port)),
      element('span', { class: 'verdict', title: cleanupClass }, classWords(candidate)),
      element('span', { title: reason ?? '' }, verdictReasonWords(candidate)),
      element('span', {}, candidate.package_version ?? '-'),
      element('span', {}, pid === null ? 'PID unknown' : `PID ${pid}`),
      element('span', {}, cost.resident_bytes === null ? '-' : formatBytes(cost.resident_bytes)),
    ),
    element(
      'div',
      { class: 'why' },
      remedy(candidate.remediation),
      facts([
        ['Listens on', `${address}:${port}`],
        ['Family', candidate.daemon_family ?? 'not known'],
        ['Root', candidate.daemon_root ?? 'not known'],
        ['Identity from', candidate.identity_source],
        ['Memory', cost.resident_bytes === null ? 'not known' : formatBytes(cost.resident_bytes)],
        ['CPU used', cost.cpu_seconds === null ? 'not known' : `${cost.cpu_seconds.toFixed(1)} s`],
        ['Running for', cost.started_at === null ? 'not known' : formatAge(cost.started_at, now)],
        ['User', cost.uid === null ? 'not known' : String(cost.uid)],
      ]),
      evidenceTable(candidate),
      ruleTable(candidate),
    ),
  );
}

function remedy(remediation: Remediation | null): HTMLElement | null {
  if (!remediation) return null;
  const { command, effect } = remediation;
  if (command === null) return element('p', { class: 'remedy' }, effect);
  const copy = element('button', { type: 'button' }, 'Copy');
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(command).then(
      () => {
        copy.textContent = 'Copied';
      },
      () => {
        copy.textContent = 'Copy it by hand';
      },
    );
  });
  return element('p', { class: 'remedy' }, element('code', {}, command), copy, element('span', {}, effect));
}

function facts(rows: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    'dl',
    {},
    ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function evidenceTable({ evidence, port, address }: CandidateInView): HTMLElement {
  const rows = evidence.map(({ fact, value, because, source, exact }) => [
    fact,
    value,
    because,
    exact ? source : `${source} (flattened)`,
  ]);
  return table('Evidence', `${address}:${port}`, ['Fact', 'Value', 'Because', 'Seen in'], rows, null);
}

function ruleTable({ explanation, port, address }: CandidateInView): HTMLElement | null {
  if (!explanation) return null;
  const { rules, decided_by: decidedBy } = explanation;
  const decided = rules.findIndex(({ rule }) => rule === decidedBy);
  const rows = rules.map(({ rule, line, cleanupClass, failed }) => [
    String(line),
    rule,
    cleanupClass,
    failed ? `${failed.fact} is ${failed.was}, not ${failed.wanted.join(' or ')}` : 'holds',
  ]);
  return table(
    'Rules, first match wins',
    `${address}:${port}`,
    ['Line', 'Rule', 'Class', 'Outcome'],
    rows,
    decided,
  );
}

function table(
  title: string,
  about: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  chosen: number | null,
): HTMLElement {
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${title}, ${about}` },
    element(
      'table',
      {},
      element('caption', {}, title),
      element('thead', {}, element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name)))),
      element(
        'tbody',
        {},
        ...rows.map((cells, index) =>
          element(
            'tr',
            index === chosen ? { class: 'chosen', 'aria-current': 'true' } : {},
            ...cells.map((cell) => element('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}
