import { attestedBy } from '../model/capabilities.js';
import { type CollectorName, type ListenerEvidence, processOf } from '../model/scan.js';

/** The source of a value, and whether that source gives the value unchanged. */
export interface Source {
  readonly source: string;
  readonly exact: boolean;
}

/** The sources of a listener's evidence. */
export interface Sources {
  readonly socket: Source;
  readonly holder: Source;
  readonly cmdline: Source;
  readonly executable: Source;
}

/** Determines the sources of a listener's evidence. What the collector does not attest, or did not
 * find, is not exact. */
export function sourcesOf({ socket, holder }: ListenerEvidence, collector: CollectorName): Sources {
  const { attests_owners, attests_argv } = attestedBy(collector);
  const names = NAMES[collector](socket.address, holder.kind === 'known' ? holder.process.pid : null);
  const process = processOf(holder);
  const areArgumentsExact = !process?.argv.ok || process.argv.value.exact;
  const isOwnerExact = attests_owners && socket.id !== null && holder.kind !== 'described';
  return {
    socket: { source: names.socket, exact: isOwnerExact },
    holder: { source: names.holder, exact: isOwnerExact },
    cmdline: { source: names.cmdline, exact: attests_argv && areArgumentsExact },
    executable: { source: names.executable, exact: isOwnerExact },
  };
}

/** What each collector reads. `pid` is null if the owner is not known. */
const NAMES: Readonly<
  Record<CollectorName, (address: string, pid: number | null) => Readonly<Record<keyof Sources, string>>>
> = {
  procfs: (address, pid) => ({
    socket: address.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp',
    holder: '/proc/*/fd',
    cmdline: pid === null ? '/proc' : `/proc/${pid}/cmdline`,
    executable: pid === null ? '/proc' : `/proc/${pid}/exe`,
  }),
  libproc: (_address, pid) => ({
    socket: 'net.inet.tcp.pcblist_n',
    holder: 'proc_pidfdinfo',
    cmdline: pid === null ? 'kern.procargs2' : `kern.procargs2 of process ${pid}`,
    executable: pid === null ? 'kern.procargs2' : `kern.procargs2 of process ${pid}`,
  }),
  systeminformation: () => ({
    socket: 'systeminformation networkConnections()',
    holder: 'systeminformation networkConnections()',
    cmdline: 'systeminformation processes()',
    executable: 'systeminformation processes()',
  }),
};
