import { isAbsolute } from 'node:path';
import {
  type Facts,
  type Holder,
  type ProcessEvidence,
  type Reading,
  type RootEvidence,
  read,
  unread,
} from '../../model/evidence.js';
import { DAEMON_FILES } from '../../model/daemon-files.js';
import { sameDirectory } from '../../model/same-directory.js';
import { parseSpawnShape } from '../../model/spawn-shape.js';
import { readEnvironmentVariables } from '../../system/observe/environment.js';
import { remoteOnTheWay } from '../../system/observe/mounts.js';
import { type OpenLog, readOpenLog } from '../../system/observe/open-log.js';
import { whyNotFollowed } from '../../system/observe/path-limits.js';
import { ourTree, treeOf } from '../../system/observe/tree.js';
import type { RootReader } from './root.js';

/**
 * Reads every root in which a candidate may be recorded as the live daemon, as the candidate sees it.
 * That is its root marker's; a pre-marker daemon has none, so its environment tells, as it told the daemon. A root that
 * was renamed while its daemon ran is found by the daemon's open log.
 * Another user's command line could name any file of the machine, a device even: none of them is opened. What lies on a
 * machine that may be gone is not touched either, for a start stands in front of every command.
 */
export function readRootsOf(
  holder: Holder,
  { family, observer: { uid }, root: ours }: Pick<Facts, 'family' | 'observer' | 'root'>,
  readRoot: RootReader,
): Reading<readonly RootEvidence[]> {
  if (holder.kind !== 'known') return unread('its process is not known');
  if (holder.process.uid !== uid) return unread(`it runs as user ${holder.process.uid}`);
  const { argv, sharesOurFiles, pid } = holder.process;
  const shape = argv.ok ? parseSpawnShape(family, argv.value) : null;
  if (!shape) return read([]);
  const paths = shape.generation === 'pre-marker' ? pathsFromEnvironment(holder.process) : read([shape.root]);
  if (!paths.ok) return paths;
  if (!paths.value.every(isAbsolute))
    return unread('its root is given relative to a folder that is not known');
  if (paths.value.some(leadsUp))
    return unread('its root is given with `..`, which means what links make of it');
  for (const path of paths.value) {
    const why = whyNotFollowed(path);
    if (why !== null) return unread(`its root is no path to follow: ${why}`);
  }
  if (!sharesOurFiles.ok) return unread(`cannot tell which files it sees (${sharesOurFiles.why})`);
  const tree = sharesOurFiles.value ? ourTree : treeOf(pid);
  for (const path of paths.value) {
    if (tree === ourTree && path === ours.path) continue;
    const remote = remoteOnTheWay(path, tree === ourTree ? null : pid, ours.directory);
    if (remote !== null)
      return unread(`its root lies on another file system (${remote}), which may never answer`);
  }
  const roots = paths.value.map((path) => readRoot(path, tree));
  // Ours retire by themselves when their root was renamed, and have no log open.
  if (family !== 'sync' || shape.generation === 'own') return read(roots);
  const log = tree === ourTree ? readOpenLog(pid, DAEMON_FILES.sync.log) : unread('it sees other files');
  return withRootOfLog(roots, log, ours, readRoot);
}

/**
 * Adds the root that a released daemon's log lies in, where that is another than its command line or environment names:
 * its root was renamed while it ran. A root that is missing counts as deleted only where the log was deleted with it.
 */
function withRootOfLog(
  roots: readonly RootEvidence[],
  log: Reading<OpenLog>,
  ours: RootEvidence,
  readRoot: RootReader,
): Reading<readonly RootEvidence[]> {
  const missing = roots.find(({ directory }) => directory.kind === 'missing');
  if (!log.ok) return missing ? unread(deletedOrRenamed(missing, log.why)) : read(roots);
  const { folder, isDeleted, isHidden } = log.value;
  if (isHidden) return unread(`a mount hides ${folder}, which its log lies in`);
  if (roots.some(({ path, directory }) => path === folder && directory.kind !== 'missing'))
    return read(roots);
  const remote = remoteOnTheWay(folder, null, ours.directory);
  if (remote !== null)
    return unread(`its log lies on another file system (${remote}), which may never answer`);
  const found = readRoot(folder, ourTree);
  if (found.directory.kind === 'missing')
    return missing && !(isDeleted && folder === missing.path)
      ? unread(deletedOrRenamed(missing, `its log is not in ${folder}`))
      : read(roots);
  // A log may be a link, or may have been put away: not every folder with it in is a root.
  if (missing && !isRoot(found)) return unread(deletedOrRenamed(missing, `its log is in ${folder}, no root`));
  const isKnown = roots.some(({ directory }) => sameDirectory(directory, found.directory));
  return read(isKnown || (!missing && found.stateFile.kind === 'absent') ? roots : [...roots, found]);
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
function pathsFromEnvironment({ pid }: ProcessEvidence): Reading<readonly string[]> {
  const variables = readEnvironmentVariables(pid, ['HOME', 'SPEC_KITTY_HOME']);
  if (!variables.ok) return unread(`cannot read its environment (${variables.why})`);
  const { HOME: home, SPEC_KITTY_HOME: root } = variables.value;
  if (!home?.startsWith('/')) return unread('its environment has no home directory');
  // Not by join(), which would take `..` out of it unseen.
  const paths = [`${home}/.spec-kitty`];
  if (root) paths.push(root);
  return read(paths);
}
