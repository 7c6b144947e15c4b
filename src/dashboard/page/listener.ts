import type { CandidateInView } from '../view.js';
import type { Remediation } from '../../report/report.js';
import { displayStatusOf } from '../../report/candidate.js';
import { classWords, verdictReasonWords } from '../../report/words.js';
import { formatAge, formatBytes } from '../../text/terminal.js';
import { element } from './element.js';

/** Returns an element id for a listener, the same id in every scan. */
export function keyOf({ port, address, pid }: CandidateInView): string {
  return `${port}-${address.replaceAll(/[^0-9a-z]/gi, '-')}-${pid ?? 'unknown'}`;
}

/** Creates the element of a listener: a summary line, and details that open on click. */
export function listenerDetails(candidate: CandidateInView, now: Date, isOpen: boolean): HTMLElement {
  const { port, address, pid, cleanup_class: cleanupClass, skip_reason: reason, cost } = candidate;
  const status = displayStatusOf([candidate]);
  return element(
    'details',
    { id: keyOf(candidate), class: status?.name ?? 'not-ours', open: isOpen },
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
      definitionList([
        ['Listens on', `${address}:${port}`],
        ['Family', candidate.daemon_family ?? 'unknown'],
        ['Root', candidate.daemon_root ?? 'unknown'],
        ['Identity from', candidate.identity_source],
        ['Memory', cost.resident_bytes === null ? 'unknown' : formatBytes(cost.resident_bytes)],
        ['CPU used', cost.cpu_seconds === null ? 'unknown' : `${cost.cpu_seconds.toFixed(1)} s`],
        ['Running for', cost.started_at === null ? 'unknown' : formatAge(cost.started_at, now)],
        ['User', cost.uid === null ? 'unknown' : String(cost.uid)],
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
        copy.textContent = 'Copying failed: select the text';
      },
    );
  });
  return element('p', { class: 'remedy' }, element('code', {}, command), copy, element('span', {}, effect));
}

function definitionList(rows: readonly (readonly [string, string])[]): HTMLElement {
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
  return table('Evidence', `${address}:${port}`, ['Fact', 'Value', 'Reason', 'Source'], rows, null);
}

function ruleTable({ explanation, port, address }: CandidateInView): HTMLElement | null {
  if (!explanation) return null;
  const { rules, decided_by: decidedBy } = explanation;
  const decidingRow = rules.findIndex(({ rule }) => rule === decidedBy);
  const rows = rules.map(({ rule, line, cleanupClass, failed }) => [
    String(line),
    rule,
    cleanupClass,
    failed ? `${failed.fact} is ${failed.was}, not ${failed.wanted.join(' or ')}` : 'holds',
  ]);
  return table(
    'Rules, first match wins',
    `${address}:${port}`,
    ['Line', 'Rule', 'Class', 'Result'],
    rows,
    decidingRow,
  );
}

function table(
  title: string,
  listener: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  highlighted: number | null,
): HTMLElement {
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${title}, ${listener}` },
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
            index === highlighted ? { class: 'chosen', 'aria-current': 'true' } : {},
            ...cells.map((cell) => element('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}
