import { type Family, isInRange } from '../../src/model/family.js';

/** The ports at and around the borders of both ranges (NFR-004). */
export const PORTS = [9236, 9237, 9336, 9337, 9399, 9400, 9449, 9450] as const;

export const ENTRYPOINTS = [
  'startup',
  'doctor',
  'reset',
  'reset --only safe_auto',
  'dashboard start',
  'dashboard stop',
  'dashboard cleanup',
  'self-retirement',
] as const;
export type Entrypoint = (typeof ENTRYPOINTS)[number];

/** The range that an entrypoint may look at and act in; a daemon that retires itself looks at its own. */
export function familyOf(entrypoint: Entrypoint): Family {
  return entrypoint.startsWith('dashboard') ? 'dashboard' : 'sync';
}

interface Neighbour {
  readonly what: string;
  /** Whose it is, where it is a daemon at all. */
  readonly family: Family | null;
  /** What may end it, where it stands on a port of its family. Nothing else may, anywhere. */
  readonly goesBy: readonly Entrypoint[];
}

const STALE: readonly Entrypoint[] = ['startup', 'reset', 'reset --only safe_auto'];
const NEVER: readonly Entrypoint[] = [];

/** Everybody who may be next door. Eight at a time, each on one of the eight ports. */
export const NEIGHBOURS = {
  orphan: { what: 'stale sync daemon, 3.2.2', family: 'sync', goesBy: STALE },
  preMarker: { what: 'pre-marker sync daemon, 3.1.4', family: 'sync', goesBy: ['reset'] },
  recorded: { what: 'recorded sync daemon, 3.2.5', family: 'sync', goesBy: NEVER },
  ourSync: { what: 'our sync daemon, not recorded', family: 'sync', goesBy: STALE },
  ourDashboard: {
    what: 'our dashboard of this project',
    family: 'dashboard',
    goesBy: ['dashboard stop', 'dashboard cleanup'],
  },
  releasedDashboard: {
    what: 'released dashboard of this project',
    family: 'dashboard',
    goesBy: ['dashboard stop', 'dashboard cleanup'],
  },
  webServer: { what: 'plain HTTP server', family: null, goesBy: NEVER },
  syncImpostor: { what: 'impostor of a sync daemon', family: null, goesBy: NEVER },

  namedOrphan: { what: 'stale sync daemon, 3.2.4', family: 'sync', goesBy: STALE },
  otherRoot: { what: 'sync daemon of another root, 3.2.3', family: 'sync', goesBy: ['reset'] },
  otherReleased: { what: 'released dashboard of another project', family: 'dashboard', goesBy: NEVER },
  otherDashboard: { what: 'our dashboard of another project', family: 'dashboard', goesBy: NEVER },
  silent: { what: 'silent listener', family: null, goesBy: NEVER },
  dashboardImpostor: { what: 'impostor of a dashboard', family: null, goesBy: NEVER },
  relay: { what: 'port forward to a live daemon', family: null, goesBy: NEVER },
  editor: { what: 'server whose arguments mention a daemon', family: null, goesBy: NEVER },
} as const satisfies Readonly<Record<string, Neighbour>>;
export type NeighbourName = keyof typeof NEIGHBOURS;

/** Who must go, and who must live. */
export function mustGo(name: NeighbourName, port: number, entrypoint: Entrypoint): boolean {
  const { family, goesBy }: Neighbour = NEIGHBOURS[name];
  return family !== null && isInRange(port, family) && goesBy.includes(entrypoint);
}

/** One street: who stands on which of the eight ports. */
export type Street = readonly { readonly name: NeighbourName; readonly port: number }[];

/** A Latin square for each eight of them: everybody stands once on every port. */
export function streets(): readonly Street[] {
  const names = Object.keys(NEIGHBOURS) as NeighbourName[];
  const eights = [names.slice(0, 8), names.slice(8)];
  return eights.flatMap((eight) =>
    PORTS.map((_, turn) =>
      eight.map((name, place) => ({ name, port: PORTS[(place + turn) % PORTS.length] ?? 0 })),
    ),
  );
}
