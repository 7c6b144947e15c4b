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
import { inertName } from '../text/terminal.js';

/**
 * Reads every root in which a candidate may be recorded as the live daemon, in the file system tree of the candidate:
 * the root in its marker, or for a pre-marker daemon the roots that its environment names. For a released sync daemon
 * the folder of its open log is read too, because its root may have been renamed while the daemon ran. No file is
 * opened for a process of another user, because the command line of that process could name any file, even a device. No
 * file on a remote file system is opened, because its server may not answer and startup runs before every command.
 */
export function readRootsOf(
  observer: Observer,
  owner: SocketOwner,
  { family, context: { uid }, root: ours }: Pick<Scan, 'family' | 'context' | 'root'>,
  readRoot: RootReader,
): Result<readonly RootEvidence[]> {
  if (owner.kind !== 'known') return err('its process is not known');
  if (owner.process.uid !== uid) return err(`it runs as user ${owner.process.uid}`);
  const { argv, sharesOurFiles, pid } = owner.process;
  const shape = argv.ok ? parseSpawnShape(family, argv.value) : null;
  if (!shape) return ok([]);
  const paths =
    shape.generation === 'pre-marker' ? pathsFromEnvironment(observer, owner.process) : ok([shape.root]);
  if (!paths.ok) return paths;
  if (!paths.value.every(isAbsolute)) return err('its root is a relative path');
  if (paths.value.some(hasParentComponent))
    return err('its root path contains `..`, whose meaning depends on symbolic links');
  for (const path of paths.value) {
    const why = pathLimitViolation(path);
    if (why !== null) return err(`its root path is not valid: ${why}`);
  }
  if (!sharesOurFiles.ok)
    return err(`whether it shares our file system tree cannot be read (${sharesOurFiles.why})`);
  const tree = sharesOurFiles.value ? observer.files.ours : observer.files.of(pid);
  for (const path of paths.value) {
    if (tree === observer.files.ours && path === ours.path) continue;
    const remote = observer.files.remoteFileSystemOn(
      path,
      tree === observer.files.ours ? null : pid,
      ours.directory,
    );
    if (remote !== null)
      return err(`its root is on another file system (${inertName(remote)}), which may never answer`);
  }
  const roots = paths.value.map((path) => readRoot(path, tree));
  // The open log is read only for released sync daemons. Daemons of this implementation have no log open, and they
  // retire if their root is renamed.
  if (family !== 'sync' || shape.generation === 'own') return ok(roots);
  const log =
    tree === observer.files.ours
      ? observer.processes.openLog(pid, DAEMON_FILES.sync.log)
      : err('it has another file system tree');
  return withRootOfLog(observer, roots, log, ours, readRoot);
}

/**
 * Adds the root that contains a released daemon's log, if that root differs from those that its command line or
 * environment names: the root was then renamed while the daemon ran. A missing root counts as deleted only if the log
 * was deleted with it.
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
  if (isHidden) return err(`a mount hides ${inertName(folder)}, the folder of its log`);
  if (roots.some(({ path, directory }) => path === folder && directory.kind !== 'missing')) return ok(roots);
  const remote = observer.files.remoteFileSystemOn(folder, null, ours.directory);
  if (remote !== null)
    return err(`its log is on another file system (${inertName(remote)}), which may never answer`);
  const found = readRoot(folder, observer.files.ours);
  if (found.directory.kind === 'missing')
    return missing && !(isDeleted && folder === missing.path)
      ? err(deletedOrRenamed(missing, `its log is not in ${inertName(folder)}`))
      : ok(roots);
  // A log can be a link or can have been moved, so its folder need not be a root.
  if (missing && !isRoot(found))
    return err(deletedOrRenamed(missing, `its log is in ${inertName(folder)}, which is not a root`));
  const isKnown = roots.some(({ directory }) => isSameDirectory(directory, found.directory));
  return ok(isKnown || (!missing && found.stateFile.kind === 'absent') ? roots : [...roots, found]);
}

function isRoot({ stateFile, ownerRecord }: RootEvidence): boolean {
  return stateFile.kind !== 'absent' || ownerRecord.kind !== 'absent';
}

function deletedOrRenamed({ path }: RootEvidence, why: string): string {
  return `its root ${inertName(path)} was deleted or renamed, and it is not known which: ${why}`;
}

/**
 * Whether a path contains `..`. After a link, `..` means different folders to the kernel and to path.join(), so such
 * paths are not read.
 */
function hasParentComponent(path: string): boolean {
  return path.split('/').includes('..');
}

/**
 * Returns the roots that the environment of a pre-marker daemon names. Old released versions use only the home
 * directory, later versions also `SPEC_KITTY_HOME`. Both roots are returned, because the version is unknown.
 */
function pathsFromEnvironment(observer: Observer, { pid }: ProcessEvidence): Result<readonly string[]> {
  const variables = observer.processes.environment(pid, ['HOME', 'SPEC_KITTY_HOME']);
  if (!variables.ok) return err(`cannot read its environment (${variables.why})`);
  const { HOME: home, SPEC_KITTY_HOME: root } = variables.value;
  if (!home?.startsWith('/')) return err('its environment has no home directory');
  // The path is built without join(), which would silently remove `..`.
  const paths = [`${home}/.spec-kitty`];
  if (root) paths.push(root);
  return ok(paths);
}
