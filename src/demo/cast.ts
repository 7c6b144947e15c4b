import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packagePath } from '../system/observe/package-path.js';
import { type Started, startInBackground } from '../system/change/start-process.js';

/** Who plays in the demo: imitations of released daemons, and a stranger. */
export interface Cast {
  readonly squatter: Started;
  readonly everybody: readonly Started[];
}

const FIXTURES = packagePath('test/fixtures/python');
const SQUATTER_PORT = 9420;

/** Starts the incident (six each of 3.2.2, 3.2.3 and 3.2.4) and three neighbours; resolved when all of them listen. */
export async function assemble(folder: string, python: string): Promise<Cast> {
  const root = join(folder, 'home/.spec-kitty');
  const otherRoot = join(folder, 'other/.spec-kitty');
  const releases = ['3.2.2', '3.2.3', '3.2.4'].flatMap((version) => Array<string>(6).fill(version));
  const daemons = releases.map((version, index) => startDaemon(folder, python, root, 9401 + index, version));
  const squatter = startInBackground([python, join(FIXTURES, 'plain_http.py'), String(SQUATTER_PORT)], {
    env: environment(folder, {}),
    cwd: folder,
  });
  const preMarker = startDaemon(folder, python, root, 9421, '3.1.4');
  const live = startDaemon(folder, python, otherRoot, 9422, '3.2.4');
  const everybody = [...daemons.map(({ process }) => process), squatter, preMarker.process, live.process];
  await Promise.all(everybody.map(({ firstLine }) => firstLine));
  record(otherRoot, 9422, live);
  return { squatter, everybody };
}

interface DemoDaemon {
  readonly process: Started;
  readonly token: string;
}

function startDaemon(
  folder: string,
  python: string,
  root: string,
  port: number,
  version: string,
): DemoDaemon {
  const token = randomBytes(16).toString('hex');
  const call = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, '${token}')\n`;
  const hasMarkers = !version.startsWith('3.1.');
  const argv = hasMarkers
    ? [
        python,
        '-c',
        `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${call}`,
        `--spec-kitty-daemon-root=${root}`,
        `--spec-kitty-daemon-exec=${python}`,
      ]
    : [python, '-c', call];
  const generation = hasMarkers ? (version === '3.2.4' ? 'own-owner' : 'shared-owner') : 'pre-marker';
  const variables = { HOME: dirname(root), FIXTURE_VERSION: version, FIXTURE_GENERATION: generation };
  return { process: startInBackground(argv, { env: environment(folder, variables), cwd: folder }), token };
}

function environment(folder: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  return { PATH: path, HOME: folder, PYTHONPATH: FIXTURES, PYTHONDONTWRITEBYTECODE: '1', ...variables };
}

/** As its spawner would have recorded it. */
function record(root: string, port: number, { process: { pid }, token }: DemoDaemon): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'sync-daemon'), `http://127.0.0.1:${port}\n${port}\n${token}\n${pid}\n`);
}
