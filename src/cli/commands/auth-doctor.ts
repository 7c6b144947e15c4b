import { RESET_CLASSES, type ResetClass, type Wish, wishToReset } from '../../action/plan.js';
import type { CollectorName } from '../../model/evidence.js';
import type { DoctorReport } from '../../model/report.js';
import type { PolicyHandle } from '../../model/verdict.js';
import {
  type Examination,
  examine,
  examineSaved,
  fenceFor,
  nearestBy,
  plan,
  type Reset,
  reset,
  savedFacts,
} from '../../pipeline.js';
import { openPolicy } from '../../policy/open.js';
import { formatJson } from '../../report/formats/json.js';
import type { ReportFormat } from '../../report/formats/names.js';
import type { ReportInput } from '../../report/report-input.js';
import { writePrivateFile, writePublicFile } from '../../system/write/write-file.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type Failure, reportFailure } from '../failure.js';
import { programName } from '../invocation.js';
import { hasColour, print } from '../print.js';
import { progressOn } from '../progress.js';
import { runtimeRoot } from '../../startup/runtime-root.js';
import { nothingThere, policyFailure, unusableFacts } from './doctor-failures.js';
import { type ExplainTarget, isTarget } from './explain-target.js';

export interface AuthDoctorOptions {
  readonly format: ReportFormat;
  /** Where the report goes instead of to stdout. */
  readonly out?: string;
  /** `true` explains every candidate. */
  readonly explain?: true | ExplainTarget;
  readonly reset?: true;
  readonly only?: ResetClass;
  readonly dryRun?: true;
  readonly policy?: string;
  readonly saveFacts?: string;
  readonly facts?: string;
  readonly collector: CollectorName;
}

/** `spec-kitty auth doctor`: examines, acts only with `--reset`, and prints one report. */
export async function authDoctor(options: AuthDoctorOptions): Promise<ExitCode> {
  const json = options.format === 'json';
  const opened = await openPolicy(options.policy ?? null);
  if (!opened.ok) return reportFailure(policyFailure(opened.problems), json);
  const [done, { buildReport, formatOpenMetrics, formatText, styleFor }] = await Promise.all([
    examineAsAsked(opened.policy, options),
    import('../../report/document.js'),
  ]);
  if (!done.ok) return reportFailure(done, json);

  const { examination } = done;
  const target = options.explain === true || done.reset ? undefined : options.explain;
  if (target && !examination.candidates.some((candidate) => isTarget(candidate, target))) {
    return reportFailure(nothingThere(target), json);
  }
  const trouble = options.saveFacts ? writePrivateFile(options.saveFacts, savedFacts(examination)) : null;
  const report = buildReport(await reportInput(examination, done.reset, options));
  const text = {
    json: () => formatJson(report),
    openmetrics: () => formatOpenMetrics(report),
    text: async () => formatText(report, await styleFor(options.out === undefined && hasColour())),
  };
  const lost = put(await text[options.format](), options.out);
  for (const words of [
    lost,
    trouble === null ? null : `cannot save the facts to ${String(options.saveFacts)}: ${trouble}`,
  ])
    if (words !== null) process.stderr.write(`spec-kitty: ${words}\n`);
  return lost === null && trouble === null ? exitCodeOf(report) : EXIT.couldNot;
}

/** @returns why it could not be put there, or null */
function put(text: string, out: string | undefined): string | null {
  if (out === undefined) {
    print(text);
    return null;
  }
  const trouble = writePublicFile(out, text);
  return trouble === null ? null : `cannot write the report to ${out}: ${trouble}`;
}

type Done =
  | { readonly ok: true; readonly examination: Examination; readonly reset: Reset | null }
  | (Failure & { readonly ok: false });

async function examineAsAsked(policy: PolicyHandle, options: AuthDoctorOptions): Promise<Done> {
  if (options.facts !== undefined) {
    const examination = await examineSaved(options.facts, policy);
    return examination.ok
      ? { ok: true, examination: examination.value, reset: null }
      : { ok: false, ...unusableFacts(options.facts, examination.why) };
  }
  const root = runtimeRoot(process.env);
  if (!root.ok) return root;
  if (!options.reset || options.dryRun) {
    return { ok: true, examination: await examine(root.path, policy, options.collector), reset: null };
  }
  return reset(root.path, policy, options.collector, {
    wish: wishOf(options),
    askedBy: 'auth doctor --reset',
    onProgress: progressOn(process.stderr),
  });
}

async function reportInput(
  examination: Examination,
  done: Reset | null,
  options: AuthDoctorOptions,
): Promise<ReportInput> {
  const { explain } = options;
  const { invocation, other } = programName(process.env, process.argv[1] ?? '');
  return {
    examination,
    plan: options.dryRun ? plan(examination, wishOf(options)) : null,
    reset: done,
    explain: explain
      ? {
          selects: (candidate) => explain === true || isTarget(candidate, explain),
          nearest: await nearestBy(examination),
        }
      : null,
    // Saved facts are judged and never acted on: there is nothing to hold.
    fence: options.facts === undefined ? await fenceFor(examination) : null,
    invocation,
    savedFacts: options.facts ?? null,
    otherSpecKitty: other,
    generatedAt: new Date(),
  };
}

function wishOf({ only }: AuthDoctorOptions): Wish {
  return wishToReset(only ? [only] : RESET_CLASSES);
}

function exitCodeOf({ scope, findings }: DoctorReport): ExitCode {
  if (scope.could_not_look !== null) return EXIT.couldNot;
  return findings.some(({ severity }) => severity === 'attention') ? EXIT.attention : EXIT.done;
}
