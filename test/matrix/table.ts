import { type Family, isInRange } from '../../src/model/family.js';

/** The first, last and just-outside ports of both ranges (NFR-004). */
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

/** The family whose range an entrypoint may scan and act in. `self-retirement` is checked for both families. */
export function familyOf(entrypoint: Entrypoint): Family {
  return entrypoint.startsWith('dashboard') ? 'dashboard' : 'sync';
}

interface ListenerKind {
  readonly description: string;
  /** The family of a daemon; null for any other program. */
  readonly family: Family | null;
  /** The entrypoints that must stop it on a port of its family's range. Nothing may stop it elsewhere. */
  readonly stoppedBy: readonly Entrypoint[];
}

const STALE: readonly Entrypoint[] = ['startup', 'reset', 'reset --only safe_auto'];
const NEVER: readonly Entrypoint[] = [];

/** Sixteen kinds of listeners. Each run has eight of them, one on each of the eight ports. */
export const LISTENERS = {
  orphan: { description: 'stale sync daemon, 3.2.2', family: 'sync', stoppedBy: STALE },
  preMarker: { description: 'pre-marker sync daemon, 3.1.4', family: 'sync', stoppedBy: ['reset'] },
  recorded: { description: 'recorded sync daemon, 3.2.5', family: 'sync', stoppedBy: NEVER },
  ourSync: { description: 'our sync daemon, not recorded', family: 'sync', stoppedBy: STALE },
  ourDashboard: {
    description: 'our dashboard of this project',
    family: 'dashboard',
    stoppedBy: ['dashboard stop', 'dashboard cleanup'],
  },
  releasedDashboard: {
    description: 'released dashboard of this project',
    family: 'dashboard',
    stoppedBy: ['dashboard stop', 'dashboard cleanup'],
  },
  webServer: { description: 'plain HTTP server', family: null, stoppedBy: NEVER },
  syncImpostor: { description: 'impostor of a sync daemon', family: null, stoppedBy: NEVER },

  namedOrphan: { description: 'stale sync daemon, 3.2.4', family: 'sync', stoppedBy: STALE },
  otherRoot: { description: 'sync daemon of another root, 3.2.3', family: 'sync', stoppedBy: ['reset'] },
  otherReleased: {
    description: 'released dashboard of another project',
    family: 'dashboard',
    stoppedBy: NEVER,
  },
  otherDashboard: { description: 'our dashboard of another project', family: 'dashboard', stoppedBy: NEVER },
  silent: { description: 'silent listener', family: null, stoppedBy: NEVER },
  dashboardImpostor: { description: 'impostor of a dashboard', family: null, stoppedBy: NEVER },
  relay: { description: 'port forward to a live daemon', family: null, stoppedBy: NEVER },
  editor: { description: 'server whose arguments mention a daemon', family: null, stoppedBy: NEVER },
} as const satisfies Readonly<Record<string, ListenerKind>>;
export type ListenerName = keyof typeof LISTENERS;

/** Whether the entrypoint must stop a listener on this port. If not, the listener must survive. */
export function mustStop(name: ListenerName, port: number, entrypoint: Entrypoint): boolean {
  const { family, stoppedBy }: ListenerKind = LISTENERS[name];
  return family !== null && isInRange(port, family) && stoppedBy.includes(entrypoint);
}

/** Which listener is on which of the eight ports in one run. */
export type Layout = readonly { readonly name: ListenerName; readonly port: number }[];

/** Two Latin squares of eight kinds: each kind is on each port once. */
export function layouts(): readonly Layout[] {
  const names = Object.keys(LISTENERS) as ListenerName[];
  const groups = [names.slice(0, 8), names.slice(8)];
  return groups.flatMap((group) =>
    PORTS.map((_, shift) =>
      group.map((name, index) => ({ name, port: PORTS[(index + shift) % PORTS.length] ?? 0 })),
    ),
  );
}
