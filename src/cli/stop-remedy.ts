import type { Observer } from '../machine/machine.js';
import { remedyText } from '../model/root-problem.js';
import { remedyAfterReset } from '../report/remedy.js';
import { failureCauses, type ResetOutcome } from '../reset.js';
import type { Failure } from './output.js';

/**
 * Returns what to do about the first daemon that a stop command could not stop; null if the reason has no remedy of its
 * own. `auth doctor` may find nothing wrong with such a daemon: it is the live one.
 */
export async function stopRemedy(
  observer: Observer,
  { judged, reset }: Extract<ResetOutcome, { ok: true }>,
): Promise<string | null> {
  const [failed] = reset.result.filter(({ outcome }) => outcome.bucket === 'failed');
  if (!failed) return null;
  const causes = await failureCauses(observer, judged, reset);
  const remedy = remedyAfterReset(failed.outcome, failed.candidate, causes);
  return remedy && remedyText(remedy);
}

/**
 * Returns why daemons cannot be stopped on this platform; null if they can be stopped. On other platforms than Linux no
 * process is proven to be a daemon, or this was never run.
 */
export function whyNotStoppedHere({ platform }: Observer): Failure | null {
  if (platform.runsDaemons) return null;
  return {
    message: `daemons are stopped on Linux only; this is ${platform.name}`,
    remedy: '`spec-kitty auth doctor` shows them',
  };
}
