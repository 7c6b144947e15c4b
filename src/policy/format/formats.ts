import { formatJson } from '../../text/json.js';
import type { Style } from '../../text/terminal.js';
import type { TestResult } from '../test/run.js';
import type { DiffResult } from '../diff.js';
import { type PolicyResult, worstOutcome } from '../finding.js';
import { formatGithub } from './github.js';
import { formatMarkdown } from './markdown.js';
import { sarifOf } from './sarif.js';
import { formatText } from './text.js';

/** Formats results of policy commands. Every format shows the same results. */
export function formatResults(results: readonly PolicyResult[], format: Format, style: Style): string {
  switch (format) {
    case 'text':
      return formatText(results, style);
    case 'json':
      return formatJson(reportOf(results));
    case 'markdown':
      return formatMarkdown(results);
    case 'sarif':
      return formatJson(sarifOf(results));
    case 'github':
      return formatGithub(results);
  }
}

export const FORMATS = ['text', 'json', 'markdown', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/**
 * The documents of `policy … --json`, described by `schemas/policy-report.schema.json`.
 * @public the schema is made from it
 */
export type PolicyReport = ({ readonly schema_version: 1 } & SingleResult) | CiReport;

type SingleResult = DiffResult | TestResult | OtherResult;

type OtherResult = PolicyResult & ({ readonly command: 'check' | 'prove' } | { readonly outcome: 'failed' });

interface CiReport {
  readonly schema_version: 1;
  readonly command: 'ci';
  readonly outcome: PolicyResult['outcome'];
  readonly results: readonly SingleResult[];
}

/**
 * Makes the JSON document. A single result is a document of its own; several results, as `policy ci` has them, are
 * listed together with the worst outcome.
 */
function reportOf(results: readonly PolicyResult[]): object {
  const [first, ...more] = results;
  if (first && more.length === 0) return { schema_version: 1, ...first };
  return { schema_version: 1, command: 'ci', outcome: worstOutcome(results), results };
}
