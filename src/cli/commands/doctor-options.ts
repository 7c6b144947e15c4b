import { RESET_CLASSES, type Wish, wishToReset } from '../../action/plan.js';
import type { PolicyHandle } from '../../model/verdict.js';
import type { Examination } from '../../pipeline/examine.js';
import { nearestBy } from '../../pipeline/nearest.js';
import { fenceFor, plan } from '../../pipeline/plan.js';
import { examineSaved, savedFacts } from '../../pipeline/replay.js';
import { reset } from '../../pipeline/reset.js';
import { suspendedIn } from '../../pipeline/suspended.js';
import type { ReportDetails } from '../../report/report-input.js';
import { writePrivateFile, writePublicFile } from '../../system/write/write-file.js';
import { progressOn } from '../progress.js';
import type { AuthDoctorOptions, Done } from './doctor-request.js';
import { unusableFacts } from './doctor-failures.js';
import { isTarget } from './explain-target.js';

/** What options ask of the doctor beyond a look, as one part: a plain look at an empty range needs none of it. */

/** Judges saved facts, or retires what it may in the root of this user. */
export async function examineAsAsked(
  root: string | null,
  policy: PolicyHandle,
  options: AuthDoctorOptions,
): Promise<Done> {
  if (root !== null) {
    return reset(root, policy, options.collector, {
      wish: wishOf(options),
      askedBy: 'auth doctor --reset',
      onProgress: progressOn(process.stderr),
    });
  }
  const path = options.facts ?? '';
  const saved = await examineSaved(path, policy);
  return saved.ok ? { ok: true, examination: saved.value } : { ok: false, ...unusableFacts(path, saved.why) };
}

/** What the report says beyond what was found. */
export async function detailsOf(
  examination: Examination,
  options: AuthDoctorOptions,
): Promise<ReportDetails> {
  const { explain } = options;
  return {
    plan: options.dryRun ? plan(examination, wishOf(options)) : null,
    explain: explain
      ? {
          selects: (candidate) => explain === true || isTarget(candidate, explain),
          nearest: await nearestBy(examination),
        }
      : null,
    // Saved facts are judged and never acted on: there is nothing to hold.
    fence: options.facts === undefined ? await fenceFor(examination) : null,
    suspended: options.facts === undefined ? suspendedIn(examination) : new Map(),
  };
}

/**
 * Writes the report and the facts to the files that were named.
 * @returns what could not be written, and why
 */
export function writeFiles(
  report: string,
  examination: Examination,
  { out, saveFacts }: AuthDoctorOptions,
): readonly string[] {
  const troubles: string[] = [];
  const note = (what: string, trouble: string | null) => {
    if (trouble !== null) troubles.push(`cannot ${what}: ${trouble}; name a file that can be written`);
  };
  if (out !== undefined) note(`write the report to ${out}`, writePublicFile(out, report));
  if (saveFacts !== undefined) {
    note(`save the facts to ${saveFacts}`, writePrivateFile(saveFacts, savedFacts(examination)));
  }
  return troubles;
}

function wishOf({ only }: AuthDoctorOptions): Wish {
  return wishToReset(only ? [only] : RESET_CLASSES);
}
