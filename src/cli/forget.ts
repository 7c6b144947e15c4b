import { Option } from 'commander';
import type { DashboardForgetReport } from '../dashboard/view.js';
import { forgetDaemon } from '../forget.js';
import type { Machine } from '../machine/machine.js';
import type { Family } from '../model/family.js';
import type { ForgetReport } from '../model/forgotten.js';
import { remedyText } from '../model/root-problem.js';
import type { SyncForgetReport } from '../sync/status.js';
import { formatJson } from '../text/json.js';
import { thisProgram } from '../invocation.js';
import { EXIT, type ExitCode, nextStep, reportFailure, textOf } from './output.js';

/** The option with which the operator vouches for the part of the machine that cannot be seen. */
export function endedElsewhereOption(): Option {
  return new Option(
    '--ended-elsewhere',
    'you have made sure that the daemon has ended where this command cannot look: on another machine, or outside this container',
  );
}

/** `spec-kitty sync forget` and `spec-kitty dashboard --forget`: clears the state file of a root. */
export async function forget(
  machine: Machine,
  family: Family,
  root: string,
  { endedElsewhere, json }: { readonly endedElsewhere: boolean; readonly json: boolean },
): Promise<ExitCode> {
  const { actor, observer } = machine;
  if (!observer.platform.runsDaemons)
    return reportFailure(
      machine,
      {
        message: `on ${observer.platform.name} nothing proves that a daemon has ended`,
        remedy: 'run it on Linux, where the daemon ran',
      },
      json,
    );
  const { invocation } = thisProgram(observer);
  const outcome = await forgetDaemon(machine, { family, root, endedElsewhere, invocation });
  if (!outcome.ok) return reportFailure(machine, outcome, json);
  const { result } = outcome;
  const isRefused = result.kind === 'refused';
  const common: ForgetReport = {
    schema_version: 1,
    root,
    result: result.kind,
    detail: result.detail,
    moved_to: result.kind === 'put_aside' ? result.movedTo : null,
    next_step: isRefused ? remedyText(result.remedy) : null,
  };
  const report: SyncForgetReport | DashboardForgetReport =
    family === 'sync' ? { ...common, command: 'sync forget' } : { ...common, command: 'dashboard --forget' };
  if (json) actor.terminal.print(formatJson(report));
  else if (isRefused)
    actor.terminal.writeError(
      textOf([`spec-kitty: the state file stays: ${result.detail}`, ...nextStep(remedyText(result.remedy))]),
    );
  else actor.terminal.print(textOf([result.detail]));
  return isRefused ? EXIT.attention : EXIT.done;
}
