import type { HealthBody, ListenerEvidence } from './scan.js';
import { findReleasedElements, type ReleasedElements } from './spawn-command.js';

/** A process with a command line of no release, whose health answer names this same process. */
export interface SelfNamed {
  /** The root in its command line. */
  readonly root: string;
  readonly elements: ReleasedElements;
}

/**
 * Determines whether the answer on a socket names the process that owns the socket, and the command line of that process
 * names the same root. A port forward passes on the PID, the root and the token of another process. Only for a process
 * whose command line is of no release: the identity contracts of releases (ADR 1) require more. The result words a
 * report and never permits an act, so a process that imitates a daemon may get it.
 * @returns null if anything is missing, unknown or different
 */
export function selfNamedBy({ holder, health, socket }: ListenerEvidence): SelfNamed | null {
  if (holder.kind !== 'known' || health.kind !== 'answered') return null;
  const { pid, argv } = holder.process;
  if (!argv.ok || !argv.value.exact) return null;
  const elements = findReleasedElements(argv.value.elements);
  const root = namesFamilyOrScope(health.body)
    ? rootByPid(health.body, { pid, port: socket.port }, elements)
    : rootByToken(health.body, socket.port, elements);
  return root === null ? null : { root, elements };
}

/** Whether an answer is one of 3.2.4 or later. 3.2.0 to 3.2.3 have the same command line and name neither. */
export function namesFamilyOrScope({ daemonFamily, singletonScopeId }: HealthBody): boolean {
  return daemonFamily !== null || singletonScopeId !== null;
}

/** An answer of 3.2.4 or later names family, root, PID and port. The root must be an argument of the process as well. */
function rootByPid(
  { daemonFamily, singletonScopeId: root, owner }: HealthBody,
  kernel: { readonly pid: number; readonly port: number },
  elements: ReleasedElements,
): string | null {
  if (daemonFamily !== 'sync' || root === null) return null;
  if (owner?.pid !== kernel.pid || owner.port !== kernel.port) return null;
  return elements.root === root ? root : null;
}

/**
 * The PID in an answer of 3.2.0 to 3.2.3 may be that of another daemon of the root (pitfall 17). What such a daemon has
 * of its own are its arguments: the port and the token, which its answer repeats, and the root.
 */
function rootByToken({ token }: HealthBody, port: number, { call, root }: ReleasedElements): string | null {
  if (call?.port !== port || call.token === null || call.token === '') return null;
  return call.token === token ? root : null;
}
