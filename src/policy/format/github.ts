import type { PolicyFinding, PolicyResult } from '../finding.js';
import { describeStates } from './text.js';

/** GitHub shows at most ten annotations of a type for one step, and drops the rest silently. */
const MAX_SHOWN = 10;

const TYPES = { error: 'error', warning: 'warning', note: 'notice' } as const;

/**
 * Formats results as workflow commands that annotate the lines of a pull request. Findings beyond GitHub's limit are
 * only counted.
 */
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

/** Returns the annotations of one level: the first findings, and the number of the others if GitHub would drop some. */
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

/** Escapes a message as GitHub's toolkit does, so that no text in it starts a workflow command. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
