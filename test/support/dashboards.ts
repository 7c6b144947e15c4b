import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Behaviour, behaviourVariables, type Journal, readJournal } from './behaviour.js';
import { type Running, startPython } from './fixtures.js';
import type { Sandbox } from './sandbox.js';

export interface DashboardOptions extends Behaviour {
  readonly port: number;
  /** Its project. The default is a new one, not the project that the product runs in. */
  readonly project?: string;
}

export interface Dashboard extends Running {
  readonly port: number;
  readonly token: string;
  readonly project: string;
  readonly journal: () => Journal;
}

const PROGRAMS = fileURLToPath(new URL('../fixtures/python', import.meta.url));

/** Starts a dashboard as released programs do. All releases use the same script. */
export async function startDashboard(sandbox: Sandbox, options: DashboardOptions): Promise<Dashboard> {
  const { port, project = join(sandbox.folder, `project-${port}`) } = options;
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
  const journal = join(sandbox.folder, 'journals', randomUUID());
  const env = { ...behaviourVariables(options), FIXTURE_JOURNAL: journal };
  const running = await startPython(sandbox, ['-c', script.join('\n')], { env, uid: options.uid });
  return { ...running, port, token, project, journal: () => readJournal(journal) };
}

/** Writes the state file that the program which started the dashboard writes. */
export function recordDashboard({ project, port, token, pid }: Dashboard): void {
  mkdirSync(join(project, '.kittify'), { recursive: true });
  const lines = [`http://127.0.0.1:${port}`, port, token, pid];
  writeFileSync(join(project, '.kittify/.dashboard'), `${lines.join('\n')}\n`);
}
