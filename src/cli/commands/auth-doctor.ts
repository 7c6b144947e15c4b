import type { DoctorReport } from '../../model/report.js';
import type { BegunLook } from '../../pipeline/begin-look.js';
import { type Examination, judge, look } from '../../pipeline/examine.js';
import { openPolicy } from '../../policy/open.js';
import { buildReport } from '../../report/build-report.js';
import { formatJson } from '../../report/formats/json.js';
import { styleFor } from '../../report/formats/style.js';
import { formatText } from '../../report/formats/text.js';
import type { ReportDetails, ReportInput } from '../../report/report-input.js';
import { runtimeRoot } from '../../startup/runtime-root.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { reportFailure } from '../failure.js';
import { programName } from '../invocation.js';
import { hasColour, print } from '../print.js';
import { nothingThere, policyFailure } from './doctor-failures.js';
import type { AuthDoctorOptions, Done } from './doctor-request.js';
import type * as DoctorListeners from './doctor-listeners.js';
import { isTarget } from './explain-target.js';

/**
 * `spec-kitty auth doctor`: examines, acts only with `--reset`, and prints one report.
 * @param begun the look, where it has begun
 */
export async function authDoctor(options: AuthDoctorOptions, begun: BegunLook = null): Promise<ExitCode> {
  const json = options.format === 'json';
  const root = options.facts === undefined ? runtimeRoot(process.env) : null;
  if (root?.ok === false) return reportFailure(root, json);
  const justLooks = root !== null && (!options.reset || options.dryRun);
  // While the kernel prints its tables, the rest is read.
  const looking = Promise.all([
    justLooks ? look(root.path, options.collector, begun) : null,
    openPolicy(options.policy ?? null),
  ]);
  const { invocation, other } = programName(process.env, process.argv[1] ?? '');
  const style = await styleFor(options.format === 'text' && options.out === undefined && hasColour());
  const [facts, opened] = await looking;
  if (!opened.ok) return reportFailure(policyFailure(opened.problems), json);
  const done: Done = facts
    ? { ok: true, examination: await judge(facts, opened.policy) }
    : await (await import('./doctor-options.js')).examineAsAsked(root?.path ?? null, opened.policy, options);
  if (!done.ok) return reportFailure(done, json);

  const { examination, reset = null } = done;
  const target = options.explain === true || reset ? undefined : options.explain;
  if (target && !examination.candidates.some((candidate) => isTarget(candidate, target))) {
    return reportFailure(nothingThere(target), json);
  }
  const isQuiet = examination.candidates.length === 0 && !reset && !options.dryRun;
  const listeners = isQuiet ? null : await import('./doctor-listeners.js');
  const input: ReportInput = {
    examination,
    reset,
    ...(await detailsFor(examination, options, listeners)),
    invocation,
    savedFacts: options.facts ?? null,
    otherSpecKitty: other,
    generatedAt: new Date(),
  };
  const report = buildReport(input, listeners?.aboutListeners(input) ?? null);
  const text = {
    json: () => formatJson(report),
    openmetrics: async () => (await import('../../report/formats/openmetrics.js')).formatOpenMetrics(report),
    text: () => formatText(report, style, listeners?.listenerSections ?? null),
  };
  const lost = await deliver(await text[options.format](), examination, options);
  for (const words of lost) process.stderr.write(`spec-kitty: ${words}\n`);
  return lost.length === 0 ? exitCodeOf(report) : EXIT.couldNot;
}

async function detailsFor(
  examination: Examination,
  options: AuthDoctorOptions,
  listeners: typeof DoctorListeners | null,
): Promise<ReportDetails> {
  if (options.dryRun || options.explain)
    return (await import('./doctor-options.js')).detailsOf(examination, options);
  // Saved facts are judged and never acted on: there is nothing to hold.
  if (!listeners || options.facts !== undefined) return NO_DETAILS;
  const suspended = listeners.suspendedIn(examination);
  return { ...NO_DETAILS, fence: await listeners.fenceFor(examination), suspended };
}

const NO_DETAILS: ReportDetails = { plan: null, explain: null, fence: null, suspended: new Map() };

/** @returns what could not be put where it was asked for, and why */
async function deliver(
  report: string,
  examination: Examination,
  options: AuthDoctorOptions,
): Promise<readonly string[]> {
  if (options.out === undefined) print(report);
  if (options.out === undefined && options.saveFacts === undefined) return [];
  const lost = (await import('./doctor-options.js')).writeFiles(report, examination, options);
  // What was done is done: somebody has to be told.
  if (options.out !== undefined && lost.length > 0) print(report);
  return lost;
}

function exitCodeOf({ scope, findings }: DoctorReport): ExitCode {
  if (scope.could_not_look !== null) return EXIT.couldNot;
  return findings.some(({ severity }) => severity === 'attention') ? EXIT.attention : EXIT.done;
}
