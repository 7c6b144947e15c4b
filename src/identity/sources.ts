import type { ListenerEvidence } from '../model/evidence.js';

/** Where something was seen, and whether it came from there as it was. */
export interface Source {
  readonly source: string;
  readonly exact: boolean;
}

/** Where a listener's evidence was seen, in the words of the collector that saw it. */
export interface Sources {
  readonly socket: Source;
  readonly holder: Source;
  readonly cmdline: Source;
  readonly executable: Source;
}

/** A socket without the kernel's number came from a tool's text. */
export function sourcesOf({ socket, holder }: ListenerEvidence): Sources {
  if (socket.inode === null) {
    const sockets = { source: 'systeminformation networkConnections()', exact: false };
    const processes = { source: 'systeminformation processes()', exact: false };
    return { socket: sockets, holder: sockets, cmdline: processes, executable: processes };
  }
  const folder = holder.kind === 'known' ? `/proc/${holder.process.pid}` : '/proc';
  const isWhole = holder.kind !== 'known' || !holder.process.argv.ok || holder.process.argv.value.exact;
  return {
    socket: { source: socket.address.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp', exact: true },
    holder: { source: '/proc/*/fd', exact: true },
    cmdline: { source: holder.kind === 'known' ? `${folder}/cmdline` : folder, exact: isWhole },
    executable: { source: holder.kind === 'known' ? `${folder}/exe` : folder, exact: true },
  };
}

/** What a listener answered; its words are exact, whoever's they are. */
export const HEALTH: Source = { source: 'GET /api/health', exact: true };
