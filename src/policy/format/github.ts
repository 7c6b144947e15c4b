import type { PolicyFinding, PolicyResult } from '../finding.js';
import { describeStates } from './text.js';

/** GitHub shows so many annotations of a type for one step, and drops the rest without a word. */
const MAX_SHOWN = 10;

const TYPES = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Results as workflow commands that annotate the lines of a pull request; what would be dropped is counted. */
export function formatGithub(results: readonly PolicyResult[]): string {
  const findings = results.flatMap((result) => result.findings);
  const annotations = (['error', 'warning', 'note'] as const).flatMap((level) =>
    annotationsFor(
      level,
      findings.filter((finding) => finding.level === level),
    ),
  );
  const summaries = results.map(({ command, file, summary }) =>
    escapeData(`policy ${command} ${file}: ${summary}`),
  );
  return [...annotations, ...summaries].map((line) => `${line}\n`).join('');
}

/** The findings stand in the order of their weight already. */
function annotationsFor(
  level: PolicyFinding['level'],
  findings: readonly PolicyFinding[],
): readonly string[] {
  const shown = findings.length > MAX_SHOWN ? findings.slice(0, MAX_SHOWN - 1) : findings;
  const rest = findings.length - shown.length;
  return [
    ...shown.map(annotationFor),
    ...(rest === 0 ? [] : [`::${TYPES[level]} title=policy::${rest} more: see the whole report`]),
  ];
}

function annotationFor(finding: PolicyFinding): string {
  const { level, file, line, column, check, message, hint } = finding;
  const place = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(`policy: ${check}`)}`;
  const words = [message, ...describeStates(finding), ...(hint === null ? [] : [`next step: ${hint}`])].join(
    '\n',
  );
  return `::${TYPES[level]} ${place}::${escapeData(words)}`;
}

/** As the toolkit of GitHub escapes what stands after the second `::`. A line of its own cannot start a command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
