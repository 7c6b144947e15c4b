import type { DashboardView } from '../model/dashboard-report.js';
import { PORT_RANGES } from '../model/family.js';
import type { DoctorReport, ErrorReport } from '../model/report.js';
import { examineDashboards } from '../pipeline/dashboards.js';
import { reportCandidate } from '../report/report-candidate.js';
import { outputOf } from '../system/change/start-process.js';
import { packagePath } from '../system/observe/package-path.js';
import { dashboardRemedy } from './remediation.js';

const INVOCATION = 'npx spec-kitty';
/** It looks for at most a second; on a machine that is on its knees it may take longer. */
const DOCTOR_MS = 10_000;
const LONGEST_REPORT = 8 * 1024 * 1024;

/** Looks at both families. The sync side is looked at by a process of its own, never by this one (C-002). */
export async function viewOf(project: string): Promise<DashboardView> {
  const [{ facts, candidates }, sync] = await Promise.all([examineDashboards(project), askDoctor()]);
  return {
    schema_version: 1,
    generated_at: new Date().toISOString(),
    project,
    dashboards: {
      ports: PORT_RANGES.dashboard,
      could_not_look: facts.listeners.ok ? null : facts.listeners.why,
      candidates: candidates.map((candidate) =>
        reportCandidate(candidate, dashboardRemedy(candidate, project, INVOCATION), []),
      ),
    },
    sync,
  };
}

async function askDoctor(): Promise<DoctorReport | ErrorReport> {
  const words = ['auth', 'doctor', '--json', '--explain'];
  const output = await outputOf([process.execPath, packagePath('dist/bin.cjs'), ...words], {
    deadlineMs: DOCTOR_MS,
    longest: LONGEST_REPORT,
  });
  try {
    // It is our own program, of this very version, that speaks here.
    if (output.ok) return JSON.parse(output.text) as DoctorReport | ErrorReport;
  } catch {
    // What it said is no document: the same as nothing.
  }
  const why = output.ok ? 'its answer was no document' : output.why;
  return {
    schema_version: 1,
    error: { message: `auth doctor could not be asked: ${why}`, next_step: `${INVOCATION} auth doctor` },
  };
}
