import type { ProcessDescription } from './evidence.js';
import type { Family } from './family.js';
import type { RootEvidence } from './scan.js';
import { claimOf, keyOf, parseSpawnShape } from './spawn-command.js';

/** What is compared with a state file. */
type NamedProcess = Pick<ProcessDescription, 'pid' | 'parentPid' | 'argv'>;

/** Whether a process certainly is the daemon that a state file names: its command line carries the third line. */
export function isNamed(family: Family, { stateFile }: RootEvidence, { argv }: NamedProcess): boolean {
  const shape = argv.ok ? parseSpawnShape(family, argv.value) : null;
  return (
    stateFile.kind === 'read' && stateFile.key !== null && shape !== null && keyOf(shape) === stateFile.key
  );
}

/**
 * Whether a process of our user may be the daemon that the state file of a root names. A state file is cleared only if
 * no process may be: without the file a healthy daemon would look like an orphan. Each daemon has its own key and port,
 * so a daemon with another key and another port is not meant. A file that cannot be parsed may mean any daemon of the
 * root.
 * @param isOfOtherRoot whether a root that a command line names is certainly another directory
 */
export function mayBeNamed(
  family: Family,
  { stateFile }: RootEvidence,
  { pid, parentPid, argv }: NamedProcess,
  isOfOtherRoot: (root: string) => boolean,
): boolean {
  if (!argv.ok) return true;
  const named = stateFile.kind === 'read' ? stateFile : { key: null, port: null, pid: null };
  const claim = claimOf(family, argv.value, named.key);
  if (!claim) return false;
  if (named.key !== null && claim.key === named.key) return true;
  if (named.pid !== null && (named.pid === pid || named.pid === parentPid)) return true;
  // A daemon of ours has an id that no other daemon has. Released programs choose their tokens.
  const isOurs = parseSpawnShape(family, argv.value)?.generation === 'own';
  const isAnother =
    named.key !== null &&
    claim.key !== null &&
    (isOurs || (claim.port !== null && claim.port !== named.port));
  return !isAnother && !(claim.root !== null && isOfOtherRoot(claim.root));
}
