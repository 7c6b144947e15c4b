import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, type Requirement } from './requirements.js';

/**
 * How each version of control groups freezes a group: folder, a file that identifies the version, file to write,
 * values.
 */
const FREEZERS = [
  { folder: '/sys/fs/cgroup', known: 'cgroup.controllers', file: 'cgroup.freeze', frozen: '1', thawed: '0' },
  {
    folder: '/sys/fs/cgroup/freezer',
    known: 'release_agent',
    file: 'freezer.state',
    frozen: 'FROZEN',
    thawed: 'THAWED',
  },
] as const;

const freezer = FREEZERS.find(({ folder, known }) => existsSync(join(folder, known)));

export const canFreeze: Requirement = {
  met: isRoot.met && freezer !== undefined,
  missing: 'no control groups that can be frozen',
};

/** Freezes a process in a control group of its own. @returns a function that thaws it and removes the group */
export function freeze(pid: number): () => void {
  if (!freezer) throw new Error(canFreeze.missing);
  const { folder, file, frozen, thawed } = freezer;
  const group = join(folder, `spec-kitty-test-${pid}`);
  mkdirSync(group);
  writeFileSync(join(group, 'cgroup.procs'), String(pid));
  writeFileSync(join(group, file), frozen);
  return () => {
    writeFileSync(join(group, file), thawed);
    writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    rmdirSync(group);
  };
}
