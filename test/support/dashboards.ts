import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Behaviour, behaviourVariables, type Journal, readJournal } from './behaviour.js';
import { type Running, startPython } from './fixtures.js';
import type { Place } from './place.js';

export interface DashboardOptions extends Behaviour {
  readonly port: number;
  /** Whose dashboard it is; by default nobody's that a test runs the product in. */
  readonly project?: string;
}

export interface Dashboard extends Running {
  readonly port: number;
  readonly token: string;
  readonly project: string;
  readonly journal: () => Journal;
}

const PROGRAMS = fileURLToPath(new URL('../fixtures/python', import.meta.url));

/** A dashboard as released programs start it, whatever its release: the script is the same in all. */
export async function startDashboard(place: Place, options: DashboardOptions): Promise<Dashboard> {
  const { port, project = join(place.folder, `project-${port}`) } = options;
  const token = randomBytes(16).toString('hex');
  mkdirSync(project, { recursive: true });
  const script = [
    '',
    'import sys',
    'from pathlib import Path',
    `repo_root = Path('${PROGRAMS}')`,
    '# Always insert at position 0 to ensure correct spec-kitty version takes priority',
    '# over any other paths in PYTHONPATH or .pth files',
    'sys.path.insert(0, str(repo_root))',
    'from specify_cli.dashboard.server import run_dashboard_server',
    `run_dashboard_server(Path('${project}'), ${port}, '${token}')\n`,
  ];
  const journal = join(place.folder, 'journals', randomUUID());
  const env = { ...behaviourVariables(options), FIXTURE_JOURNAL: journal };
  const running = await startPython(place, ['-c', script.join('\n')], { env, uid: options.uid });
  return { ...running, port, token, project, journal: () => readJournal(journal) };
}

/** As the program that started it would have recorded it: four lines, token and PID among them. */
export function recordDashboard({ project, port, token, pid }: Dashboard): void {
  mkdirSync(join(project, '.kittify'), { recursive: true });
  const lines = [`http://127.0.0.1:${port}`, port, token, pid];
  writeFileSync(join(project, '.kittify/.dashboard'), `${lines.join('\n')}\n`);
}
