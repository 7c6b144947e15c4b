import type { DoctorReport, Finding } from '../../model/report.js';
import { formatAge, formatBytes } from '../units.js';
import { escapeForTerminal } from './escape.js';
import type { ListenerSections, listenerSections } from './listener-sections.js';
import { portMap } from './port-map.js';
import type { Style } from './style.js';
import { table } from './table.js';

/**
 * The report for a person: what to do first, then the fifty ports, then a line for each candidate.
 * @param ofListeners what makes the lines for those who listen; null where the report speaks of nobody
 */
export function formatText(
  report: DoctorReport,
  style: Style,
  ofListeners: typeof listenerSections | null,
): string {
  const { explanations, sections } = ofListeners?.(report, style) ?? NOBODY;
  // Who asks why about one port wants that answer, and not the rest of the machine around it.
  if (explanations.length > 0 && !report.swept && !report.plan) return join(explanations);
  return join([
    whatToDo(report, style),
    portMap(report, style),
    ...sections,
    ...explanations,
    recentLines(report, style),
  ]);
}

const NOBODY: ListenerSections = { sections: [], explanations: [] };

function join(sections: readonly (readonly string[])[]): string {
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

function whatToDo(report: DoctorReport, style: Style): readonly string[] {
  const root = style.dim(`Root: ${escapeForTerminal(report.scope.root)}${howHeld(report)}`);
  const findings = report.findings.flatMap((finding) => findingLines(finding, style));
  if (report.findings.some(({ severity }) => severity === 'attention')) return [...findings, root];
  return [
    `${style.green('Nothing needs attention.')} ${freed(report)}${liveDaemon(report)}`,
    ...findings,
    root,
  ];
}

/** Said where there is somebody to hold: which guarantee a reset gives here. */
function howHeld({ scope: { fence } }: DoctorReport): string {
  if (!fence) return '';
  return fence.kind === 'pidfd'
    ? ' (processes are held by pidfd)'
    : ` (no pidfd, so daemons are asked to leave and never signalled: ${escapeForTerminal(fence.why ?? '')})`;
}

function freed({ swept = [], candidates }: DoctorReport): string {
  if (swept.length === 0) return '';
  const pids = new Set(swept.map(({ pid }) => pid));
  // A process that listened on several ports held its memory once.
  const held = new Map(candidates.map(({ pid, cost }) => [pid, cost.resident_bytes ?? 0]));
  const bytes = [...pids].reduce<number>((sum, pid) => sum + (held.get(pid) ?? 0), 0);
  return `Retired ${pids.size} daemon${pids.size === 1 ? '' : 's'}, which held ${formatBytes(bytes)}. `;
}

function liveDaemon({ daemon }: DoctorReport): string {
  if (!daemon) return 'No sync daemon is recorded.';
  if (daemon.state === 'healthy') return `The live daemon answers on port ${String(daemon.port)}.`;
  return `The recorded daemon (port ${daemon.port ?? 'unknown'}) is ${daemon.state.replace('_', ' ')}.`;
}

function findingLines({ severity, summary, remediation }: Finding, style: Style): readonly string[] {
  const mark = severity === 'attention' ? style.yellow('!') : style.dim('-');
  const lines = [`${mark} ${escapeForTerminal(summary)}`];
  if (remediation) {
    const { command, effect } = remediation;
    const words = style.dim(`# ${escapeForTerminal(effect)}`);
    lines.push(`    ${command === null ? words : `${style.bold(escapeForTerminal(command))}  ${words}`}`);
  }
  return lines;
}

/** What was done in this root before, so that "what stopped my daemon?" has an answer. */
function recentLines({ recent, generated_at: now }: DoctorReport, style: Style): readonly string[] {
  if (recent.length === 0) return [];
  const rows = recent
    .slice(0, 5)
    .map(({ at, pid, port, asked_by: askedBy, result }) => [
      `  ${formatAge(at, new Date(now))} ago`,
      String(port),
      `PID ${pid}`,
      escapeForTerminal(result ?? 'begun, and never finished'),
      escapeForTerminal(`(${askedBy})`),
    ]);
  return [style.dim('Done in this root before:'), ...table(rows).map((line) => style.dim(line))];
}
