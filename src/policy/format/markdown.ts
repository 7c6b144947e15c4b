import { escapeForTerminal, PLAIN } from '../../text/terminal.js';
import type { PolicyFinding, PolicyResult } from '../finding.js';
import { worstOutcome } from '../finding.js';
import { formatFinding } from './text.js';

/** `publish/action.yml` finds the comment of an earlier run by this line. */
const MARKER = '<!-- spec-kitty-policy -->';

/**
 * Limits that keep a comment below the 64 kB at which GitHub refuses it. The rest of a comment is a few lines for each
 * command.
 */
const MAX_TABLE_BYTES = 20_000;
const MAX_DETAILS_BYTES = 36_000;

/** Formats results as one comment on a pull request, of less than 64 kB. */
export function formatMarkdown(results: readonly PolicyResult[]): string {
  const findings = results.flatMap((result) => result.findings);
  const lines = [
    MARKER,
    `## ${titleOf(results)}`,
    '',
    row(['command', 'outcome', 'summary']),
    row(['---', '---', '---']),
    ...results.map(({ command, outcome, summary }) => row([command, outcome, asPlainText(summary)])),
    ...(findings.length === 0 ? [] : [...tableOf(findings), ...detailsOf(findings)]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Says what the change does, worst news first: a comparison, if there is one, comes before what else was found. */
function titleOf(results: readonly PolicyResult[]): string {
  const [compared, others] = [
    results.filter(({ command }) => command === 'diff'),
    results.filter(({ command }) => command !== 'diff'),
  ];
  const news = [...compared, ...others].flatMap(({ headline }) => headline ?? []);
  return `${SIGNS[signOf(results)]} Policy: ${news.length > 0 ? news.join(', ') : 'nothing found'}`;
}

const SIGNS = { passes: '✅', warns: '⚠️', fails: '❌' } as const;

/** A report that passes warns if a reviewer should look: at a loosened verdict that is acknowledged, for example. */
function signOf(results: readonly PolicyResult[]): keyof typeof SIGNS {
  switch (worstOutcome(results)) {
    case 'found':
    case 'failed':
      return 'fails';
    case 'inconclusive':
      return 'warns';
    case 'clean':
      return results.some(({ findings }) => findings.some(({ level }) => level !== 'note'))
        ? 'warns'
        : 'passes';
  }
}

function tableOf(findings: readonly PolicyFinding[]): readonly string[] {
  const rows = findings.map(({ level, check, file, line, message, about }) =>
    row([
      level,
      check,
      asPlainText(`${file}:${line}`),
      about ? String(about.states) : '',
      asPlainText(message),
    ]),
  );
  return [
    '',
    row(['level', 'check', 'place', 'states', 'message']),
    row(['---', '---', '---', '---:', '---']),
    ...thatFit(MAX_TABLE_BYTES, rows),
  ];
}

/**
 * Returns the findings as the text format prints them, in a fence, so that GitHub reads none of the text as Markdown.
 */
function detailsOf(findings: readonly PolicyFinding[]): readonly string[] {
  const texts = findings.map((finding) => formatFinding(finding, PLAIN));
  const longestRun = Math.max(
    2,
    ...texts
      .join('\n')
      .split(/[^`]+/)
      .map(({ length }) => length),
  );
  const fence = '`'.repeat(longestRun + 1);
  const summary = '<details><summary>States, and next steps</summary>';
  return ['', summary, '', `${fence}text`, ...thatFit(MAX_DETAILS_BYTES, texts), fence, '', '</details>'];
}

/** Returns the first parts that fit into this many bytes, and a line with the number of the others. */
function thatFit(bytes: number, parts: readonly string[]): readonly string[] {
  let room = bytes;
  const end = parts.findIndex((part) => (room -= Buffer.byteLength(part) + 1) < 0);
  return end === -1
    ? parts
    : [...parts.slice(0, end), `… and ${parts.length - end} more: see the whole report`];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/**
 * Escapes text of a policy. The author of a pull request writes this text, and must not be able to format the comment,
 * add links or mention users. Plain words in backticks stay code.
 */
function asPlainText(text: string): string {
  return escapeForTerminal(text)
    .split(/(`[\w .,:=/-]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escapeMarkdown(part)))
    .join('');
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|~<>&]/g, '\\$&').replace(/@|:(?=\/\/)|www(?=\.)/g, '$&\u200b');
}
