import { WISH_TO_STOP } from '../../../action/plan.js';
import type { SyncStopReport } from '../../../model/sync-report.js';
import { reset } from '../../../pipeline/reset.js';
import { openPolicy } from '../../../policy/open.js';
import { escapeForTerminal } from '../../../report/formats/escape.js';
import { formatJson } from '../../../report/formats/json.js';
import { ledgerArrays } from '../../../report/ledger-arrays.js';
import { recordedDaemon } from '../../../report/recorded-daemon.js';
import { runtimeRoot } from '../../../startup/runtime-root.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { programName } from '../../invocation.js';
import { whyNotStoppedHere } from '../../linux-only.js';
import { print } from '../../print.js';
import { progressOn } from '../../progress.js';
import { policyFailure } from '../doctor-failures.js';

/** `spec-kitty sync stop`: the recorded daemon of this root, proven to be it, and no other. */
export async function syncStop(json: boolean): Promise<ExitCode> {
  const { invocation } = programName(process.env, process.argv[1] ?? '');
  const refused = whyNotStoppedHere(invocation);
  if (refused) return reportFailure(refused, json);
  const root = runtimeRoot(process.env);
  if (!root.ok) return reportFailure(root, json);
  const policy = await openPolicy(null);
  if (!policy.ok) return reportFailure(policyFailure(policy.problems), json);
  const done = await reset(root.path, policy.policy, 'procfs', {
    wish: WISH_TO_STOP,
    askedBy: 'sync stop',
    onProgress: progressOn(process.stderr),
  });
  if (!done.ok) return reportFailure(done, json);

  const recorded = done.reset.ledger.filter(({ candidate }) => WISH_TO_STOP.wants(candidate));
  const { swept, failed } = ledgerArrays(recorded);
  const report: SyncStopReport = {
    schema_version: 1,
    command: 'sync stop',
    daemon: recordedDaemon(done.examination),
    stopped: swept[0] ?? null,
    failed: failed[0] ?? null,
  };
  print(json ? formatJson(report) : `${wordsFor(report, invocation)}\n`);
  return report.failed || isInDoubt(report) ? EXIT.attention : EXIT.done;
}

/** A daemon is recorded, and not one that could be reached from here, or told. */
function isInDoubt({ daemon, stopped }: SyncStopReport): boolean {
  return stopped === null && (daemon?.state === 'elsewhere' || daemon?.state === 'unknown');
}

function wordsFor({ daemon, stopped, failed }: SyncStopReport, invocation: string): string {
  if (stopped) return `stopped the sync daemon on port ${stopped.port} (PID ${String(stopped.pid)})`;
  if (failed)
    return `the sync daemon on port ${failed.port} is still there (${failed.failure_reason}): ${escapeForTerminal(failed.detail)}\nnext step: ${invocation} auth doctor`;
  if (daemon?.state === 'elsewhere')
    return 'the sync daemon of this root runs on another machine or network: stop it there';
  if (daemon?.state === 'unknown')
    return 'cannot tell which daemon is recorded for this root: `auth doctor` shows why';
  return 'no sync daemon of this root is running';
}
