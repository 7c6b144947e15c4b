import { DISPLAY_STATUSES, displayStatusOf } from '../../report/candidate.js';
import { byVersion } from '../../report/listener-table.js';
import { portsWords } from '../../report/groups.js';
import { classWords, listenerWords, rootWords } from '../../report/words.js';
import { counted, cut, cutStart } from '../../text/layout.js';
import { formatAge, formatBytes } from '../../text/terminal.js';
import type { CandidateInView } from '../view.js';
import { stepOf } from './copy.js';
import { breakable, type Child, code, element, sentence, visible } from './element.js';

/** How listeners are shown. */
export interface Showing {
  readonly now: Date;
  /** Keys of what is open: details of listeners, parts of these, and long groups. */
  readonly open: ReadonlySet<string>;
  /** Whether there is room for the most important columns only. The details have the others. */
  readonly isNarrow: boolean;
}

/** Returns an element id for a listener, the same id in every scan. */
export function keyOf({ port, address, pid }: CandidateInView): string {
  return `${port}-${address.replaceAll(/[^0-9a-z]/gi, '-')}-${pid ?? 'unknown'}`;
}

/** Returns an element id for the listeners of one status in a section. */
export function groupKey(section: string, status: string): string {
  return `${section}-${status}`;
}

/**
 * Lists the listeners in a table, those that need the user most first. Each has a button that shows its details. A long
 * group shows its listeners on request.
 * @param rootHead the head of the column of roots
 */
export function listenerTable(
  candidates: readonly CandidateInView[],
  { id, title, rootHead }: { readonly id: string; readonly title: string; readonly rootHead: string },
  showing: Showing,
): HTMLElement {
  const columns = columnsOf(rootHead).filter(({ isWide }) => !(showing.isNarrow && isWide));
  const groups = DISPLAY_STATUSES.map((status) => ({
    ...status,
    key: groupKey(id, status.name),
    those: candidates.filter((candidate) => nameOf(candidate) === status.name),
  })).filter(({ those }) => those.length > 0);
  return element(
    'table',
    { class: 'listeners' },
    element('caption', { class: 'unseen' }, `Listeners: ${title}`),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...columns.map(({ head, name }) => element('th', { scope: 'col', class: name }, head)),
      ),
    ),
    ...groups.map(({ name, group, key, those }) => {
      const isLong = those.length > LONG_GROUP;
      const isOpen = !isLong || showing.open.has(key);
      return element(
        'tbody',
        { class: name, id: key },
        groupRow(
          group,
          those,
          columns.length,
          isLong ? foldButton(key, isOpen, isOpen ? 'Hide each' : 'Show each') : null,
        ),
        ...(isOpen ? those : []).flatMap((candidate) => rowsOf(candidate, columns, showing, rootHead)),
      );
    }),
  );
}

/** A group of more listeners than these shows what they have in common, and each of them on request. */
const LONG_GROUP = 5;

/** Returns the button that shows and hides what `key` names. */
function foldButton(key: string, isOpen: boolean, words: string): HTMLElement {
  return element(
    'button',
    {
      type: 'button',
      class: 'fold',
      id: `${key}-fold`,
      'data-toggles': key,
      'aria-expanded': String(isOpen),
    },
    words,
  );
}

interface Column {
  readonly name: string;
  readonly head: string;
  /** Shown only where there is room. */
  readonly isWide?: true;
  readonly cell: (candidate: CandidateInView, now: Date) => readonly Child[];
}

/** The columns of `auth doctor`. */
const columnsOf = (rootHead: string): readonly Column[] => [
  { name: 'port', head: 'Port', cell: (one) => [one.address === LOOPBACK ? String(one.port) : placeOf(one)] },
  { name: 'what', head: 'What', cell: (one) => [cell(listenerWords(one))] },
  { name: 'version', head: 'Version', isWide: true, cell: (one) => [versionOf(one)] },
  { name: 'memory', head: 'Memory', cell: ({ cost }) => [bytesWords(cost.resident_bytes, '-')] },
  { name: 'age', head: 'Age', isWide: true, cell: ({ cost }, now) => [ageWords(cost.started_at, now, '-')] },
  { name: 'pid', head: 'PID', isWide: true, cell: ({ pid }) => [String(pid ?? '?')] },
  { name: 'class', head: 'Class', isWide: true, cell: (one) => [classWords(one)] },
  { name: 'root', head: rootHead, isWide: true, cell: (one) => [rootCell(one)] },
];

/** Shortens text of a process, which may be of any length (pitfall 33). The details have all of it. */
function cell(text: string): string {
  return cut(visible(text), LONGEST_CELL);
}

const LONGEST_CELL = 48;

function versionOf({ package_version: version }: CandidateInView): string {
  return cut(visible(version ?? '-'), LONGEST_VERSION);
}

const LONGEST_VERSION = 20;
const LOOPBACK = '127.0.0.1';

function placeOf({ address, port }: CandidateInView): string {
  return `${address}:${port}`;
}

/** The end of a path tells more than its start. */
const LONGEST_ROOT = 60;

function rootCell(candidate: CandidateInView): Child {
  const words = rootWords(candidate);
  return words === candidate.daemon_root ? code(cutStart(words, LONGEST_ROOT)) : words;
}

function groupRow(
  title: string,
  those: readonly CandidateInView[],
  width: number,
  fold: HTMLElement | null,
): HTMLElement {
  const bytes = new Map(those.map((one) => [one.pid ?? one, one.cost.resident_bytes ?? 0]));
  const sum = [...bytes.values()].reduce((total, each) => total + each, 0);
  const versions = those
    .filter((one) => one.package_version !== null)
    .map(versionOf)
    .toSorted(byVersion);
  const facts = [
    String(those.length),
    portsWords(those.map(({ port }) => port)),
    ...(fold && versions.length > 0 ? [spanOf(versions)] : []),
    // A number stays on the line of its unit.
    ...(sum > 0 ? [formatBytes(sum).replace(' ', '\u00a0')] : []),
  ];
  return element(
    'tr',
    { class: 'group' },
    element(
      'th',
      { scope: 'rowgroup', colspan: String(width) },
      element(
        'div',
        {},
        element('span', { class: 'mark' }),
        element('span', {}, `${title} `, element('span', { class: 'quiet' }, facts.join(' · '))),
        fold,
      ),
    ),
  );
}

function spanOf(sorted: readonly string[]): string {
  const [first = '', last = first] = [sorted[0], sorted.at(-1)];
  return first === last ? first : `${first}–${last}`;
}

function rowsOf(
  candidate: CandidateInView,
  columns: readonly Column[],
  showing: Showing,
  rootHead: string,
): readonly HTMLElement[] {
  const { now, open } = showing;
  const key = keyOf(candidate);
  const isOpen = open.has(key);
  const [port, ...others] = columns.map(({ name, cell }) => ({ name, content: cell(candidate, now) }));
  const toggle = element(
    'button',
    {
      type: 'button',
      id: `${key}-toggle`,
      'data-toggles': key,
      'aria-expanded': String(isOpen),
      ...(isOpen && { 'aria-controls': `${key}-details` }),
    },
    ...(port?.content ?? []),
  );
  const row = element(
    'tr',
    { id: key, class: `listener ${nameOf(candidate)}`, 'data-toggles': key },
    element('th', { scope: 'row', class: 'port' }, toggle),
    ...others.map(({ name, content }) => element('td', { class: name }, ...content)),
  );
  if (!isOpen) return [row];
  const details = element('td', { colspan: String(columns.length) }, detailsOf(candidate, showing, rootHead));
  return [row, element('tr', { id: `${key}-details`, class: 'details' }, details)];
}

function nameOf(candidate: CandidateInView): string {
  return displayStatusOf([candidate])?.name ?? 'not-ours';
}

function detailsOf(candidate: CandidateInView, { now, open }: Showing, rootHead: string): HTMLElement {
  const key = keyOf(candidate);
  const { pid, cost, remediation, daemon_root: root } = candidate;
  const { uid } = cost;
  return element(
    'div',
    { class: 'why' },
    remediation && stepOf(remediation, key),
    definitionList([
      ['What', listenerWords(candidate)],
      ['Listens on', placeOf(candidate)],
      ['Class', classWords(candidate)],
      ['Version', candidate.package_version ?? 'unknown'],
      ['PID', pid === null ? 'unknown' : String(pid)],
      ['User', uid === null ? 'unknown' : String(uid)],
      ['Memory', bytesWords(cost.resident_bytes, 'unknown')],
      ['CPU used', cost.cpu_seconds === null ? 'unknown' : `${cost.cpu_seconds.toFixed(1)} s`],
      ['Running for', ageWords(cost.started_at, now, 'unknown')],
      ['Family', candidate.daemon_family ?? 'unknown'],
      [rootHead, root === null ? 'unknown' : code(root)],
      ['Identity from', candidate.identity_source],
    ]),
    foldable(`${key}-evidence`, evidenceOf(candidate), open),
    foldable(`${key}-rules`, rulesOf(candidate), open),
  );
}

function bytesWords(bytes: number | null, unknown: string): string {
  return bytes === null ? unknown : formatBytes(bytes);
}

function ageWords(startedAt: string | null, now: Date, unknown: string): string {
  return startedAt === null ? unknown : formatAge(startedAt, now);
}

export function definitionList(rows: readonly (readonly [string, Child])[]): HTMLElement {
  return element(
    'dl',
    {},
    ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

/** A part of the details that is for readers who want to know exactly. */
interface Proof {
  readonly title: string;
  /** What the title is followed by. */
  readonly gist: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The row that decided, or null. */
  readonly chosen: number | null;
}

function evidenceOf({ evidence }: CandidateInView): Proof {
  const rows = evidence.map(({ fact, value, because, source, exact }) => [
    fact,
    value,
    because,
    exact ? source : `${source} (flattened)`,
  ]);
  const head = ['Fact', 'Value', 'Reason', 'Source'];
  return { title: 'Evidence', gist: counted(rows.length, 'fact'), head, rows, chosen: null };
}

function rulesOf({ explanation }: CandidateInView): Proof {
  const { rules = [], decided_by: decidedBy = null } = explanation ?? {};
  const rows = rules.map(({ rule, line, cleanupClass, failed }) => [
    rule,
    cleanupClass,
    failed ? `${failed.fact} is ${failed.was}, not ${failed.wanted.join(' or ')}` : 'holds',
    `line ${line}`,
  ]);
  return {
    title: 'Rules, first match wins',
    gist: decidedBy === null ? 'no rule decided' : `decided by ${decidedBy}`,
    head: ['Rule', 'Class', 'Result', 'Source'],
    rows,
    chosen: rules.findIndex(({ rule }) => rule === decidedBy),
  };
}

function foldable(
  key: string,
  { title, gist, head, rows, chosen }: Proof,
  open: ReadonlySet<string>,
): HTMLElement | null {
  if (rows.length === 0) return null;
  const isOpen = open.has(key);
  const button = foldButton(key, isOpen, title);
  return element(
    'div',
    { id: key },
    element('p', {}, button, element('span', { class: 'quiet' }, ` ${gist}`)),
    isOpen
      ? element(
          'table',
          { class: 'proof' },
          element('caption', { class: 'unseen' }, title),
          element(
            'thead',
            {},
            element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name))),
          ),
          element('tbody', {}, ...rows.map((cells, index) => proofRow(cells, index === chosen))),
        )
      : null,
  );
}

function proofRow(cells: readonly string[], isChosen: boolean): HTMLElement {
  return element(
    'tr',
    isChosen ? { class: 'chosen', 'aria-current': 'true' } : {},
    ...cells.map((words, column) =>
      element('td', {}, ...(column < CODES ? breakable(words) : sentence(words))),
    ),
  );
}

/** How many columns of a proof are codes; those after them are sentences. */
const CODES = 2;
