import type { SpawnShape } from '../../model/spawn-shape.js';
import type { SelfReport, Testimony } from '../self-report.js';
import { tokenAndPort } from './argv.js';

type DashboardShape = Extract<SpawnShape, { generation: 'dashboard' }>;

/**
 * Released dashboards (observed-daemons: "Dashboard daemon"): argv declares port, token and project, and the answer must
 * repeat both of the latter. Whether the project is ours is asked of the directory, apart.
 */
export function dashboardContract({ port, answer, process }: Testimony, shape: DashboardShape): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, GET /api/health`,
    contract: value === 'matches' ? 'argv' : 'none',
  });
  if (answer.projectPath === null) return say('missing', 'the answer names no project');
  if (answer.projectPath !== shape.root)
    return say('mismatch', 'the project in the answer is not the one in argv');
  return (
    tokenAndPort(port, answer.token, shape) ??
    say('matches', `argv declares port ${port}, and the project and token that the answer carries`)
  );
}
