import { examine } from './examine.js';
import { thisProgram } from './invocation.js';
import type { Observer } from './machine/machine.js';
import { openPolicy } from './policy/load.js';
import { buildReport } from './report/build.js';
import type { DoctorReport, ErrorReport } from './report/report.js';
import { failureCauses, handleSupportFor, suspendedDaemons } from './reset.js';
import { actingInvocation } from './sync/experiment.js';
import { runtimeRoot } from './sync/runtime-root.js';

/**
 * Scans the sync ports and gives each listener its verdict by the shipped policy. Reads only: no process is started,
 * asked to exit or signalled, and no file is written.
 * @returns the document of `auth doctor --json`; never rejects
 */
export async function inspect(observer: Observer): Promise<DoctorReport | ErrorReport> {
  try {
    const root = runtimeRoot(observer, observer.self.environment);
    if (!root.ok) return failed(root.message, root.remedy);
    const opened = openPolicy(observer, null);
    if (!opened.ok) return failed(opened.problems[0]?.message ?? '', opened.problems[0]?.hint ?? '');
    const judged = await examine(observer, root.path, opened.policy, observer.platform.defaultCollector);
    const { invocation: program, other } = thisProgram(observer);
    const invocation = actingInvocation(observer, program);
    return buildReport({
      judged,
      plan: null,
      reset: null,
      explain: null,
      ...(await failureCauses(observer, judged, null)),
      handleSupport: await handleSupportFor(observer, judged),
      suspended: suspendedDaemons(observer, judged),
      invocation,
      accountName: observer.self.accountName,
      savedScan: null,
      otherSpecKitty: other,
      generatedAt: observer.clock.now(),
    });
  } catch (error) {
    return failed(
      error instanceof Error ? (error.stack ?? error.message) : String(error),
      'report this as a bug',
    );
  }
}

function failed(message: string, next_step: string): ErrorReport {
  return { schema_version: 1, error: { message, next_step } };
}
