import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';

/** What expressions of a workflow can name. */
export interface Context {
  readonly github: Readonly<Record<string, unknown>>;
  readonly runner: { readonly temp: string };
  /** The outputs of earlier steps, by the id of the step. */
  readonly steps: Record<string, { readonly outputs: Outputs }>;
  readonly inputs: Readonly<Record<string, string>>;
}

type Outputs = Readonly<Record<string, string>>;

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

interface Job {
  readonly if?: string;
  readonly steps: readonly Step[];
}

interface CompositeAction {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

/** Where and how scripts run. */
export interface RunnerSettings {
  readonly workspace: string;
  /** The environment of every script, beside what the runner itself sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Actions that are not played but imitated, by name without the version. */
  readonly imitated: Readonly<Record<string, (given: Readonly<Record<string, string>>) => void>>;
  /** Folders of composite actions, by the whole text of `uses`. */
  readonly composite: Readonly<Record<string, string>>;
}

/** What became of a job. `log` is the output of its scripts, and `summary` what they added to the summary of their step. */
export interface JobResult {
  readonly outcome: 'success' | 'failure' | 'skipped';
  readonly log: string;
  readonly summary: string;
}

/**
 * Runs a job of a workflow as GitHub's runner does, as far as the workflows of this project need it: expressions,
 * conditions, inputs, outputs and files of the runner. Unknown actions, and expressions that it cannot evaluate, throw.
 */
export function runJob(
  job: Job,
  github: Context['github'],
  needs: readonly JobResult[],
  settings: RunnerSettings,
): JobResult {
  const temp = mkdtempSync(join(settings.workspace, '..', 'temp-'));
  const context: Context = { github, runner: { temp }, steps: {}, inputs: {} };
  const isReached = needs.every(({ outcome }) => outcome === 'success');
  if (!holds(job.if, context, isReached)) return { outcome: 'skipped', log: '', summary: '' };
  const output = { log: '', summary: '' };
  const isDone = runSteps(job.steps, context, settings, output, '');
  return { outcome: isDone ? 'success' : 'failure', ...output };
}

/** Returns whether every step was successful. */
function runSteps(
  steps: readonly Step[],
  context: Context,
  settings: RunnerSettings,
  output: { log: string; summary: string },
  actionPath: string,
): boolean {
  let isSuccess = true;
  for (const step of steps) {
    if (!holds(step.if, context, isSuccess)) continue;
    const { isDone, outputs } =
      step.run === undefined
        ? useAction(step, context, settings, output)
        : runScript(step.run, valuesOf(step.env, context), context, settings, output, actionPath);
    if (step.id !== undefined) context.steps[step.id] = { outputs };
    isSuccess &&= isDone;
  }
  return isSuccess;
}

interface StepResult {
  readonly isDone: boolean;
  readonly outputs: Outputs;
}

function useAction(
  { uses = '', with: given }: Step,
  context: Context,
  settings: RunnerSettings,
  output: { log: string; summary: string },
): StepResult {
  const values = valuesOf(given, context);
  const imitation = settings.imitated[uses.split('@')[0] ?? ''];
  if (imitation) {
    imitation(values);
    return { isDone: true, outputs: {} };
  }
  const folder = settings.composite[uses];
  if (folder === undefined) throw new Error(`unknown action: ${uses}`);
  const action = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as CompositeAction;
  const unknown = Object.keys(values).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`${uses} has no input ${unknown.join(', ')}`);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: usual = '', required }]) => {
      if (required && values[name] === undefined) throw new Error(`${uses} needs the input ${name}`);
      return [name, values[name] ?? substitute(usual, context)];
    }),
  );
  const inner: Context = { ...context, inputs, steps: {} };
  const isDone = runSteps(action.runs.steps, inner, settings, output, folder);
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, substitute(value, inner)]);
  return { isDone, outputs: Object.fromEntries(outputs) as Outputs };
}

function runScript(
  script: string,
  env: Readonly<Record<string, string>>,
  { github, runner }: Context,
  settings: RunnerSettings,
  output: { log: string; summary: string },
  actionPath: string,
): StepResult {
  const files = mkdtempSync(join(runner.temp, 'step-'));
  const [outputFile, summaryFile, eventFile] = ['output', 'summary', 'event.json'].map((name) =>
    join(files, name),
  ) as [string, string, string];
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, '');
  writeFileSync(eventFile, JSON.stringify(github['event']));
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script],
    {
      cwd: settings.workspace,
      encoding: 'utf8',
      env: {
        ...settings.env,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: actionPath,
        GITHUB_BASE_REF: String(github['base_ref']),
        GITHUB_EVENT_NAME: String(github['event_name']),
        GITHUB_EVENT_PATH: eventFile,
        GITHUB_OUTPUT: outputFile,
        GITHUB_REPOSITORY: String(github['repository']),
        GITHUB_STEP_SUMMARY: summaryFile,
        GITHUB_WORKSPACE: settings.workspace,
        RUNNER_TEMP: runner.temp,
        ...env,
      },
    },
  );
  output.log += stdout + stderr;
  output.summary += readFileSync(summaryFile, 'utf8');
  const lines = readFileSync(outputFile, 'utf8').split('\n').slice(0, -1);
  return { isDone: status === 0, outputs: Object.fromEntries(lines.map(splitAtEquals)) };
}

function splitAtEquals(line: string): readonly [string, string] {
  const place = line.indexOf('=');
  return [line.slice(0, place), line.slice(place + 1)];
}

function valuesOf(given: Step['with'], context: Context): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, value]) => [name, substitute(String(value), context)]),
  );
}

/** Replaces `${{ … }}` by values. */
function substitute(text: string, context: Context): string {
  return text.replace(/\$\{\{(?<expression>.*?)\}\}/gs, (_whole, expression: string) =>
    String(evaluate(expression, context, true)),
  );
}

/** Evaluates an `if`. Without a status function in it, the earlier steps must have been successful. */
function holds(condition: string | undefined, context: Context, isSuccess: boolean): boolean {
  if (condition === undefined) return isSuccess;
  const expression = condition.trim().replace(/^\$\{\{(?<expression>.*)\}\}$/s, '$<expression>');
  const hasStatus = /\b(?:always|cancelled|failure|success)\(\)/.test(expression);
  return (hasStatus || isSuccess) && Boolean(evaluate(expression, context, isSuccess));
}

/** The operators and literals that the workflows use mean the same in JavaScript. */
function evaluate(expression: string, context: Context, isSuccess: boolean): unknown {
  return runInNewContext(expression, {
    ...context,
    always: () => true,
    cancelled: () => false,
    failure: () => !isSuccess,
    success: () => isSuccess,
  });
}

/** Makes a folder with a program `gh` that runs the stand-in. */
export function makeBin(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'gh.mjs')}' "$@"\n`;
  writeFileSync(join(bin, 'gh'), program, { mode: 0o755 });
  return bin;
}
