import { ENTRYPOINTS, layouts, type ListenerName, LISTENERS, mustStop, PORTS } from './table.js';

/** The table as `docs/boundary-matrix.md` shows it. */
export function matrixPage(): string {
  const names = Object.keys(LISTENERS) as ListenerName[];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = names.map((name) => [
    LISTENERS[name].description,
    ...ENTRYPOINTS.map(
      (entrypoint) => PORTS.filter((port) => mustStop(name, port, entrypoint)).join(', ') || '·',
    ),
  ]);
  const runs = layouts().length * ENTRYPOINTS.length;
  return [
    '# The boundary matrix',
    '',
    'For reviewers: which listener may be ended by which entry point, on which port.',
    '',
    'Each kind of listener stands once on each of the eight ports at the borders of both ranges',
    `(${PORTS.join(', ')}), beside seven others. Each entry point runs once in each layout:`,
    `${layouts().length} layouts by ${ENTRYPOINTS.length} entry points are ${runs} runs with real processes and sockets. A cell names the ports on`,
    'which the listener must be gone afterwards. On every other port, and where there is a dot, it must be alive and must',
    'not have been asked to leave. Every run traces the system calls: no connection, signal or request leaves the port range',
    'of the family that the entry point is for (C-002, NFR-001 to NFR-003, SC-004).',
    '',
    row(['listener', ...ENTRYPOINTS]),
    row(['---', ...ENTRYPOINTS.map(() => '---')]),
    ...rows.map(row),
    '',
    '`dashboard cleanup` is a dashboard start one minute later, when the project records none of them; a dashboard younger',
    'than 30 s could be in the middle of its start. `self-retirement` runs a sync daemon and a dashboard of ours until they',
    'leave by themselves.',
    '',
    '`test/matrix/table.ts` has this table, and `test/matrix/matrix.test.ts` runs it.',
    '',
  ].join('\n');
}
