import { isAbsolute, join } from 'node:path';
import {
  type Holder,
  type ProcessEvidence,
  type Reading,
  type RootEvidence,
  read,
  unread,
} from '../../model/evidence.js';
import type { Family } from '../../model/family.js';
import { parseSpawnShape } from '../../model/spawn-shape.js';
import { readEnvironmentVariables } from '../../system/observe/environment.js';
import { ourTree, treeOf } from '../../system/observe/tree.js';
import type { RootReader } from './root.js';

/**
 * Reads every root in which a candidate may be recorded as the live daemon, as the candidate sees it.
 * That is its root marker's; a pre-marker daemon has none, so its environment tells, as it told the daemon.
 * Another user's command line could name any file of the machine, a device even: none of them is opened.
 * @param uid whose daemons are looked into
 */
export function readRootsOf(
  family: Family,
  holder: Holder,
  uid: number,
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
  if (!sharesOurFiles.ok) return unread(`cannot tell which files it sees (${sharesOurFiles.why})`);
  const tree = sharesOurFiles.value ? ourTree : treeOf(pid);
  return read(paths.value.map((path) => readRoot(path, tree)));
}

/** Old releases knew only the home directory; later ones `SPEC_KITTY_HOME` too. Which one this was is not known: both. */
function pathsFromEnvironment({ pid }: ProcessEvidence): Reading<readonly string[]> {
  const variables = readEnvironmentVariables(pid, ['HOME', 'SPEC_KITTY_HOME']);
  if (!variables.ok) return unread(`cannot read its environment (${variables.why})`);
  const { HOME: home, SPEC_KITTY_HOME: root } = variables.value;
  if (!home?.startsWith('/')) return unread('its environment has no home directory');
  const paths = [join(home, '.spec-kitty')];
  if (root) paths.push(root);
  return read(paths);
}
