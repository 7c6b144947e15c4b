import { ENTRYPOINTS, NEIGHBOURS, type NeighbourName, mustGo, PORTS, streets } from './table.js';

/** The table as `docs/boundary-matrix.md` shows it. */
export function matrixPage(): string {
  const names = Object.keys(NEIGHBOURS) as NeighbourName[];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = names.map((name) => [
    NEIGHBOURS[name].what,
    ...ENTRYPOINTS.map(
      (entrypoint) => PORTS.filter((port) => mustGo(name, port, entrypoint)).join(', ') || '·',
    ),
  ]);
  const runs = streets().length * ENTRYPOINTS.length;
  return [
    '# The boundary matrix',
    '',
    'Who ends, by which way in, on which port. Everybody stands once on each of the eight ports at and around the borders',
    `of both ranges (${PORTS.join(', ')}), with seven neighbours, while each way in is used: ${streets().length} streets by ${ENTRYPOINTS.length}`,
    `ways in are ${runs} live runs with real processes and real sockets. A cell names the ports on which the neighbour`,
    'must be gone afterwards; on every other port, and where there is a dot, it must be alive, and nobody may have asked',
    'it to leave. In every run the system calls are watched: no connection, no signal and no request leaves the range of',
    'the family that the way in is for (C-002, NFR-001 to NFR-003, SC-004).',
    '',
    row(['neighbour', ...ENTRYPOINTS]),
    row(['---', ...ENTRYPOINTS.map(() => '---')]),
    ...rows.map(row),
    '',
    '`dashboard cleanup` is a start a minute later, when the project records none of them: what was just started could be',
    'one that is being started. `self-retirement` is a sync daemon and a dashboard of ours that leave by themselves.',
    '',
    '`test/matrix/table.ts` is the table, `test/matrix/matrix.test.ts` plays it.',
    '',
  ].join('\n');
}
