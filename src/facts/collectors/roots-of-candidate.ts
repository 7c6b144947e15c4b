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
import { parseSpawnShape } from '../../model/spawn-shape.js';
import { readEnvironmentVariables } from '../../system/observe/environment.js';
import { remoteOnTheWay } from '../../system/observe/mounts.js';
import { ourTree, treeOf } from '../../system/observe/tree.js';
import type { RootReader } from './root.js';

/**
 * Reads every root in which a candidate may be recorded as the live daemon, as the candidate sees it.
 * That is its root marker's; a pre-marker daemon has none, so its environment tells, as it told the daemon.
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
  if (!sharesOurFiles.ok) return unread(`cannot tell which files it sees (${sharesOurFiles.why})`);
  const tree = sharesOurFiles.value ? ourTree : treeOf(pid);
  for (const path of paths.value) {
    if (tree === ourTree && path === ours.path) continue;
    const remote = remoteOnTheWay(path, tree === ourTree ? null : pid, ours.directory);
    if (remote !== null)
      return unread(`its root lies on another file system (${remote}), which may never answer`);
  }
  return read(paths.value.map((path) => readRoot(path, tree)));
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
