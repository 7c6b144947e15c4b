import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PACKAGE_VERSION } from '../../model/product.js';
import type { PolicyFinding, PolicyResult } from '../finding.js';
import { describeStates } from './text.js';

/** Converts results to SARIF 2.1.0, for code scanning. Every result has a location. Equal results give equal bytes. */
export function sarifOf(results: readonly PolicyResult[]): object {
  const findings = results.flatMap((result) => result.findings);
  const checks = [...new Set(findings.map(({ check }) => check))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'spec-kitty policy',
            semanticVersion: PACKAGE_VERSION,
            rules: checks.map((check) => ({
              id: check,
              shortDescription: { text: check.replaceAll('-', ' ') },
              help: { text: `docs/policy/${check}.md` },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultFor(finding, checks)),
      },
    ],
  };
}

function resultFor(finding: PolicyFinding, checks: readonly string[]): object {
  const { check, level, message, hint, file, line, column, about } = finding;
  const words = [message, ...describeStates(finding), ...(hint === null ? [] : [`Next step: ${hint}`])];
  return {
    ruleId: check,
    ruleIndex: checks.indexOf(check),
    level,
    message: { text: words.join('\n') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    ...(about === null ? {} : { properties: { region: about.region, witness: about.witness } }),
  };
}

/**
 * Returns the URI of a file. A relative path stays relative, so that code scanning finds the file in the repository.
 */
function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split('/').map(encodeURIComponent).join('/');
}
