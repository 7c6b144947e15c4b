/** Stands for `node:child_process` in tests that start no process, so that one that does fails. */
const refuse = (): never => {
  throw new Error('a unit test starts no process: its file belongs to the project `live` (jest.config.js)');
};

export const exec = refuse;
export const execFile = refuse;
export const execFileSync = refuse;
export const execSync = refuse;
export const fork = refuse;
export const spawn = refuse;
export const spawnSync = refuse;
