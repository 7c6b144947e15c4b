import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A step of a composite action. */
export interface ActionStep {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run: string;
}

export function stepsOf(file: string): readonly ActionStep[] {
  const action = parse(readFileSync(file, 'utf8')) as {
    readonly runs: { readonly steps: readonly ActionStep[] };
  };
  return action.runs.steps;
}

/** Replaces GitHub's command line: records its arguments, and lists the comments that a test sets. */
const GH = `#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in *--paginate*) printf '%s' "$EARLIER" ;; esac
`;

/** Makes a function that runs steps of one action. `folder` is for its files; `actionPath` is the action's folder. */
export function runnerFor(file: string, folder: string, cwd: string, actionPath: string) {
  const steps = stepsOf(file);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'gh'), GH);
  chmodSync(join(bin, 'gh'), 0o755);
  /** Runs a step as GitHub's runner does. */
  return (name: string, env: Readonly<Record<string, string>>) => {
    const script = steps.find((step) => step.name === name)?.run ?? 'exit 99';
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
      {
        cwd,
        encoding: 'utf8',
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          HOME: folder,
          GITHUB_ACTION_PATH: actionPath,
          GITHUB_REPOSITORY: 'owner/name',
          GITHUB_STEP_SUMMARY: join(folder, 'summary'),
          GITHUB_OUTPUT: join(folder, 'output'),
          RUNNER_TEMP: folder,
          ASKED: join(folder, 'asked'),
          ...env,
        },
      },
    );
    return { status, stdout, stderr };
  };
}
