import { DaemonIntent, type StartupOutcome } from '../../../model/startup.js';
import type { SyncStartReport } from '../../../model/sync-report.js';
import { escapeForTerminal } from '../../../report/formats/escape.js';
import { formatJson } from '../../../report/formats/json.js';
import { askToDrain, ensured } from '../../../startup/ensured.js';
import { runtimeRoot } from '../../../startup/runtime-root.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { programName } from '../../invocation.js';
import { print } from '../../print.js';

/**
 * `spec-kitty sync now` and `sync start`. What was done goes to stdout; what needs the operator goes to stderr, and
 * keeps nothing else from going on.
 */
export async function syncStart(command: SyncStartReport['command'], json: boolean): Promise<ExitCode> {
  const { invocation } = programName(process.env, process.argv[1] ?? '');
  const explicit = command === 'sync start';
  const { outcome, candidate } = await ensured({
    intent: DaemonIntent.REMOTE_REQUIRED,
    explicit,
    invocation,
  });
  const idle = candidate ? await idleHere() : null;
  const drain = candidate && !explicit ? await askToDrain(candidate, { idle }) : 'not_asked';
  const report: SyncStartReport = { schema_version: 1, command, outcome, drain, idle };
  if (json) print(formatJson(report));
  else {
    print(`${wordsFor(report)}\n`);
    process.stderr.write(warningsFor(outcome, `${invocation} auth doctor`));
  }
  return explicit && outcome.kind === 'degraded' ? EXIT.attention : EXIT.done;
}

/** Why nothing is sent from here. A released daemon has a session of its own, which is not ours to read. */
async function idleHere(): Promise<SyncStartReport['idle']> {
  const root = runtimeRoot(process.env);
  const { idleIn } = await import('../../../startup/status.js');
  return root.ok ? idleIn(root.path, process.env) : null;
}

function wordsFor({ outcome, drain, idle }: SyncStartReport): string {
  switch (outcome.kind) {
    case 'skipped':
      return `sync skipped (${outcome.reason}): ${escapeForTerminal(outcome.detail)}`;
    case 'degraded':
      return `no sync daemon (${outcome.reason})${retired(outcome)}`;
    case 'ready': {
      const { how, port, pid, package_version: version } = outcome.daemon;
      const who = `sync daemon ${how} on port ${port} (PID ${pid}, ${escapeForTerminal(version ?? 'unknown version')})`;
      const isSilent = idle && outcome.daemon.generation === 'own';
      const why = isSilent ? `\nnothing is uploaded (${idle.why}): ${escapeForTerminal(idle.detail)}` : '';
      return `${who}${DRAIN[drain]}${why}${retired(outcome)}`;
    }
  }
}

const DRAIN: Readonly<Record<SyncStartReport['drain'], string>> = {
  requested: ', asked to upload',
  refused: ', which refused to upload',
  not_asked: '',
};

function retired({ swept }: Exclude<StartupOutcome, { kind: 'skipped' }>): string {
  if (swept.length === 0) return '';
  const ports = swept.map(({ port }) => port).join(', ');
  return `\nretired ${count(swept.length, 'stale daemon')} (${ports})`;
}

function warningsFor(outcome: StartupOutcome, doctor: string): string {
  if (outcome.kind === 'skipped') return '';
  const { failed, operator_required: left } = outcome;
  const lines = [
    ...(outcome.kind === 'degraded'
      ? [`${escapeForTerminal(outcome.detail)}\nnext step: ${escapeForTerminal(outcome.next_step)}`]
      : []),
    ...(failed.length > 0
      ? [`${count(failed.length, 'stale daemon')} could not be retired: run \`${doctor}\``]
      : []),
    ...(left > 0 ? [`${count(left, 'daemon')} left for you to decide: run \`${doctor}\``] : []),
  ];
  return lines.map((line) => `spec-kitty: ${line}\n`).join('');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
