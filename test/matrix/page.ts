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
    'Which listener each entrypoint stops, and on which port. Each kind of listener is once on each of the eight ports at',
    `the boundaries of both ranges (${PORTS.join(', ')}), together with seven other kinds. ${layouts().length} such layouts and`,
    `${ENTRYPOINTS.length} entrypoints give ${runs} live runs with real processes and real sockets. A cell names the ports on which the`,
    'listener must have exited after the run. On every other port, and in a cell with a dot, it must be alive and must',
    'not have received a shutdown request. strace records every run: no connection, signal or request leaves the range of',
    "the entrypoint's family (C-002, NFR-001 to NFR-003, SC-004).",
    '',
    row(['listener', ...ENTRYPOINTS]),
    row(['---', ...ENTRYPOINTS.map(() => '---')]),
    ...rows.map(row),
    '',
    '`dashboard cleanup` is a dashboard start one minute later, without a recorded dashboard: a younger dashboard could',
    'still be starting. `self-retirement` is a sync daemon and a dashboard of this version that retire by themselves.',
    '',
    '`test/matrix/table.ts` contains the table, `test/matrix/matrix.test.ts` runs it.',
    '',
  ].join('\n');
}
