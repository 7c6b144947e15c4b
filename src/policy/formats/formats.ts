import { formatJson } from '../../report/formats/json.js';
import { type Style } from '../../report/formats/style.js';
import type { PolicyResult } from '../finding.js';
import { formatGithub } from './github.js';
import { formatMarkdown } from './markdown.js';
import type { Format } from './names.js';
import { reportOf } from './report.js';
import { sarifOf } from './sarif.js';
import { formatText } from './text.js';

/** Results of policy commands in a format; every format is a view of the same. */
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
