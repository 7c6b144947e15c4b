/**
 * `check-report.mjs FROM TO` takes the report of a job that ran code of a pull request, and writes what may be published
 * with a token that can write: `policy.md` and `policy.sarif`.
 *
 * That code may have written anything into the report, so the report is data: bounded in size, held to the shape that
 * `spec-kitty policy ci` writes, and never run. Its Markdown can format nothing else, link to nothing and mention nobody.
 * Of its SARIF only known fields are passed on. Messages are fixed texts, since the runner obeys lines like `::error::`.
 */
import { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';

/** In bytes; GitHub refuses longer comments. */
const LONGEST_COMMENT = 65_536;
const LONGEST_SARIF = 4 * 1024 * 1024;
/** In characters. */
const LONGEST_TEXT = 20_000;
const MOST_RULES = 100;
const MOST_RESULTS = 5000;

/** Both are folders; nothing is written unless everything was found in order. */
function publishable(from, to) {
  const comment = checkedComment(readText(join(from, 'policy.md'), LONGEST_COMMENT));
  const sarif = checkedSarif(parseJson(readText(join(from, 'policy.sarif'), LONGEST_SARIF)));
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'policy.md'), comment);
  writeFileSync(join(to, 'policy.sarif'), JSON.stringify(sarif));
}

class Refused extends Error {}

function demand(isSo, message) {
  if (!isSo) throw new Refused(message);
}

/** A link, a FIFO or a device is not followed, waited for or read. */
function readText(path, limit) {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    demand(fstatSync(file).isFile(), 'it is not a regular file');
    const bytes = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    demand(length <= limit, 'it is too long');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
    // eslint-disable-next-line no-control-regex -- these are what is refused
    demand(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text), 'it has control characters');
    return text;
  } finally {
    closeSync(file);
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('its SARIF is not JSON');
  }
}

const MARKER = '<!-- spec-kitty-policy -->';
const HEADLINE = /^## (?:✅|⚠️|❌) Policy: [a-z ]+$/u;
const DETAILS = '<details><summary>States, and next steps</summary>';
const HTML = [DETAILS, '</details>'];
const COUNTED = /^… and \d+ more: see the whole report$/;

/**
 * What stands in a fence is shown as it is; everything else must be a line that the report has. A line of HTML goes on to
 * the next empty line (CommonMark 4.6): a fence before that would be none, and what stands in it would be HTML.
 */
function checkedComment(text) {
  const [marker, headline = '', ...lines] = text.split('\n');
  demand(marker === MARKER && HEADLINE.test(headline), 'its comment does not begin as a report');
  let fence = null;
  let isInHtml = false;
  for (const line of lines) {
    demand(!isInHtml || line === '', 'its comment has a line of HTML that goes on');
    isInHtml = fence === null && HTML.includes(line);
    if (fence !== null) {
      if (line === fence) fence = null;
      // GitHub also ends a block at a longer fence, or at one that is indented or followed by blanks.
      else demand(!line.trimStart().startsWith(fence), 'its comment ends a block of text early');
    } else if (/^`{3,}text$/.test(line)) fence = line.slice(0, -'text'.length);
    else demand(isPlainLine(line), 'its comment has a line that no report has');
  }
  demand(fence === null, 'its comment does not end its block of text');
  return text;
}

function isPlainLine(line) {
  if (line === '' || HTML.includes(line) || COUNTED.test(line)) return true;
  return line.startsWith('| ') && line.endsWith(' |') && isInert(line);
}

/** Without code and what is escaped, nothing is left that formats, links or mentions. */
function isInert(row) {
  const rest = row.replace(/`[\w .,:=/-]+`/g, '').replace(/\\[\\`*_{}[\]()#+!|~<>&]/g, '');
  return !/[\\`*_{}[\]()#+!~<>&]|@(?!\u200b)|:\/\/|www\./.test(rest);
}

function checkedSarif(sarif) {
  demand(sarif?.version === '2.1.0', 'its SARIF has another version');
  const run = theOnly(sarif.runs, 'run');
  const { name, semanticVersion, rules } = run?.tool?.driver ?? {};
  demand(name === 'spec-kitty policy', 'its SARIF is of another tool');
  demand(
    isText(semanticVersion) && /^[\w.+-]{1,50}$/.test(semanticVersion),
    'its SARIF has no version of the tool',
  );
  demand(Array.isArray(rules) && rules.length <= MOST_RULES, 'its SARIF has no list of rules, or too many');
  demand(
    Array.isArray(run.results) && run.results.length <= MOST_RESULTS,
    'its SARIF has no results, or too many',
  );
  const checkedRules = rules.map(checkedRule);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name, semanticVersion, rules: checkedRules } },
        columnKind: 'utf16CodeUnits',
        results: run.results.map((result) => checkedResult(result, checkedRules)),
      },
    ],
  };
}

function checkedRule(rule) {
  demand(isText(rule?.id) && /^[a-z][a-z-]{0,50}$/.test(rule.id), 'its SARIF has a rule without a name');
  return {
    id: rule.id,
    shortDescription: { text: plainText(rule.shortDescription?.text) },
    help: { text: plainText(rule.help?.text) },
  };
}

function checkedResult(result, rules) {
  const ruleIndex = rules.findIndex(({ id }) => id === result?.ruleId);
  demand(ruleIndex >= 0, 'its SARIF has a result of no rule');
  demand(['error', 'warning', 'note'].includes(result.level), 'its SARIF has a result of no level');
  const { artifactLocation, region } = theOnly(result.locations, 'location')?.physicalLocation ?? {};
  const { startLine, startColumn } = region ?? {};
  demand(isPlace(startLine) && isPlace(startColumn), 'its SARIF has a result without a place');
  return {
    ruleId: result.ruleId,
    ruleIndex,
    level: result.level,
    message: { text: plainText(result.message?.text) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: pathInRepository(artifactLocation?.uri) },
          region: { startLine, startColumn },
        },
      },
    ],
  };
}

function theOnly(list, what) {
  demand(Array.isArray(list) && list.length === 1, `its SARIF does not have one ${what}`);
  return list[0];
}

function isText(value) {
  return typeof value === 'string' && value.length <= LONGEST_TEXT;
}

function isPlace(value) {
  return Number.isSafeInteger(value) && value >= 1;
}

/** `[text](target)` is a link in a SARIF message (SARIF 2.1.0, 3.11.6). */
function plainText(value) {
  demand(isText(value), 'its SARIF has a text that is none, or too long');
  return value.replaceAll('](', ']\u200b(');
}

function pathInRepository(uri) {
  const isPath = isText(uri) && /^(?:[\w.~-]|%[0-9A-F]{2})+(?:\/(?:[\w.~-]|%[0-9A-F]{2})+)*$/i.test(uri);
  // NUL, the slash and the backslash: no name of a file in a repository has one.
  const hasHiddenEnd = isPath && /%(?:00|2f|5c)/i.test(uri);
  demand(
    isPath && !hasHiddenEnd && !uri.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part)),
    'its SARIF names no file',
  );
  return uri;
}

try {
  const [from = '', to = ''] = process.argv.slice(2);
  publishable(from, to);
} catch (error) {
  console.error(
    `the report is not published: ${error instanceof Refused ? error.message : 'it cannot be read'}`,
  );
  process.exitCode = 1;
}
