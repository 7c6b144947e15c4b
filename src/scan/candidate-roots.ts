import { isAbsolute } from 'node:path';
import type { OpenLog } from '../machine/linux/processes.js';
import type { Observer } from '../machine/machine.js';
import type { ProcessEvidence } from '../model/evidence.js';
import { pathLimitViolation } from '../model/path-limits.js';
import { err, ok, type Result } from '../model/result.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import type { RootEvidence, Scan, SocketOwner } from '../model/scan.js';
import { parseSpawnShape } from '../model/spawn-command.js';
import type { RootReader } from './root-files.js';

/**
 * Reads every root in which a candidate may be recorded as the live daemon, as the candidate sees it.
 * That is its root marker's; a pre-marker daemon has none, so its environment tells, as it told the daemon. A root that
 * was renamed while its daemon ran is found by the daemon's open log.
 * Another user's command line could name any file of the machine, a device even: none of them is opened. What lies on a
 * machine that may be gone is not touched either, for a start stands in front of every command.
 */
export function readRootsOf(
  observer: Observer,
  holder: SocketOwner,
  { family, context: { uid }, root: ours }: Pick<Scan, 'family' | 'context' | 'root'>,
  readRoot: RootReader,
): Result<readonly RootEvidence[]> {
  if (holder.kind !== 'known') return err('its process is not known');
  if (holder.process.uid !== uid) return err(`it runs as user ${holder.process.uid}`);
  const { argv, sharesOurFiles, pid } = holder.process;
  const shape = argv.ok ? parseSpawnShape(family, argv.value) : null;
  if (!shape) return ok([]);
  const paths =
    shape.generation === 'pre-marker' ? pathsFromEnvironment(observer, holder.process) : ok([shape.root]);
  if (!paths.ok) return paths;
  if (!paths.value.every(isAbsolute)) return err('its root is given relative to a folder that is not known');
  if (paths.value.some(leadsUp)) return err('its root is given with `..`, which means what links make of it');
  for (const path of paths.value) {
    const why = pathLimitViolation(path);
    if (why !== null) return err(`its root is no path to follow: ${why}`);
  }
  if (!sharesOurFiles.ok) return err(`cannot tell which files it sees (${sharesOurFiles.why})`);
  const tree = sharesOurFiles.value ? observer.files.ours : observer.files.of(pid);
  for (const path of paths.value) {
    if (tree === observer.files.ours && path === ours.path) continue;
    const remote = observer.files.remoteFileSystemOn(
      path,
      tree === observer.files.ours ? null : pid,
      ours.directory,
    );
    if (remote !== null)
      return err(`its root lies on another file system (${remote}), which may never answer`);
  }
  const roots = paths.value.map((path) => readRoot(path, tree));
  // Ours retire by themselves when their root was renamed, and have no log open.
  if (family !== 'sync' || shape.generation === 'own') return ok(roots);
  const log =
    tree === observer.files.ours
      ? observer.processes.openLog(pid, DAEMON_FILES.sync.log)
      : err('it sees other files');
  return withRootOfLog(observer, roots, log, ours, readRoot);
}

/**
 * Adds the root that a released daemon's log lies in, where that is another than its command line or environment names:
 * its root was renamed while it ran. A root that is missing counts as deleted only where the log was deleted with it.
 */
function withRootOfLog(
  observer: Observer,
  roots: readonly RootEvidence[],
  log: Result<OpenLog>,
  ours: RootEvidence,
  readRoot: RootReader,
): Result<readonly RootEvidence[]> {
  const missing = roots.find(({ directory }) => directory.kind === 'missing');
  if (!log.ok) return missing ? err(deletedOrRenamed(missing, log.why)) : ok(roots);
  const { folder, isDeleted, isHidden } = log.value;
  if (isHidden) return err(`a mount hides ${folder}, which its log lies in`);
  if (roots.some(({ path, directory }) => path === folder && directory.kind !== 'missing')) return ok(roots);
  const remote = observer.files.remoteFileSystemOn(folder, null, ours.directory);
  if (remote !== null) return err(`its log lies on another file system (${remote}), which may never answer`);
  const found = readRoot(folder, observer.files.ours);
  if (found.directory.kind === 'missing')
    return missing && !(isDeleted && folder === missing.path)
      ? err(deletedOrRenamed(missing, `its log is not in ${folder}`))
      : ok(roots);
  // A log may be a link, or may have been put away: not every folder with it in is a root.
  if (missing && !isRoot(found)) return err(deletedOrRenamed(missing, `its log is in ${folder}, no root`));
  const isKnown = roots.some(({ directory }) => isSameDirectory(directory, found.directory));
  return ok(isKnown || (!missing && found.stateFile.kind === 'absent') ? roots : [...roots, found]);
}

function isRoot({ stateFile, ownerRecord }: RootEvidence): boolean {
  return stateFile.kind !== 'absent' || ownerRecord.kind !== 'absent';
}

function deletedOrRenamed({ path }: RootEvidence, why: string): string {
  return `its root ${path} was deleted or renamed, and nothing tells which: ${why}`;
}

/** The kernel goes up from where a link leads, path.join() from where the link is: only without `..` are they one. */
function leadsUp(path: string): boolean {
  return path.split('/').includes('..');
}

/** Old releases knew only the home directory; later ones `SPEC_KITTY_HOME` too. Which one this was is not known: both. */
function pathsFromEnvironment(observer: Observer, { pid }: ProcessEvidence): Result<readonly string[]> {
  const variables = observer.processes.environment(pid, ['HOME', 'SPEC_KITTY_HOME']);
  if (!variables.ok) return err(`cannot read its environment (${variables.why})`);
  const { HOME: home, SPEC_KITTY_HOME: root } = variables.value;
  if (!home?.startsWith('/')) return err('its environment has no home directory');
  // Not by join(), which would take `..` out of it unseen.
  const paths = [`${home}/.spec-kitty`];
  if (root) paths.push(root);
  return ok(paths);
}
