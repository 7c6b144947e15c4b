/**
 * `check-report.mjs FROM TO` checks the report of a job that ran code of a pull request, and writes what may be
 * published with a token that can write: `policy.md` and `policy.sarif`. Both arguments are folders.
 *
 * The code of the pull request may have written anything into the report. So the report is limited in size, must have
 * the form that `spec-kitty policy ci` writes, and is never run. Its Markdown can add no other formatting, links or
 * mentions. Only known fields of its SARIF are passed on. The messages of this check are fixed texts and quote nothing
 * from the report, because the runner obeys lines like `::error::`.
 */
import { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';

/** In bytes. GitHub refuses longer comments. */
const LONGEST_COMMENT = 65_536;
const LONGEST_SARIF = 4 * 1024 * 1024;
/** The longest text in the SARIF, in characters. */
const LONGEST_TEXT = 20_000;
const MOST_RULES = 100;
const MOST_RESULTS = 5000;

/** Writes both files, or neither if a check fails. */
function writePublishable(from, to) {
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

/** Reads a regular file. Follows no link, does not wait for a FIFO, and does not read a device. */
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
    // eslint-disable-next-line no-control-regex -- control characters are refused here
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
const HEADLINE = /^## (?:✅|⚠️|❌) Policy: [a-z0-9 ,]+$/u;
const DETAILS = '<details><summary>States, and next steps</summary>';
const HTML = [DETAILS, '</details>'];
const COUNTED = /^… and \d+ more: see the whole report$/;

/**
 * Checks the comment line by line. A line in a fence may be anything, because Markdown shows it unchanged. Every other
 * line must be one that a report has. An HTML tag must be followed by an empty line: an HTML block extends to the next
 * empty line (CommonMark 4.6), so a fence in the block would not count, and the text in the fence would be HTML.
 */
function checkedComment(text) {
  const [marker, headline = '', ...lines] = text.split('\n');
  demand(marker === MARKER && HEADLINE.test(headline), 'its comment does not begin as a report');
  let fence = null;
  let isInHtml = false;
  for (const line of lines) {
    demand(!isInHtml || line === '', 'its comment has HTML that continues on the next line');
    isInHtml = fence === null && HTML.includes(line);
    if (fence !== null) {
      if (line === fence) fence = null;
      // GitHub also ends a block at a longer fence, and at a fence that is indented or followed by blanks.
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

/** Whether a row, apart from code and escaped characters, has nothing that formats, links or mentions. */
function isInert(row) {
  // In one pass: an escaped backtick starts no code.
  const rest = row.replace(/\\[\\`*_{}[\]()#+!|~<>&]|`[\w .,:=/-]+`/g, '');
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
  demand(ruleIndex >= 0, 'its SARIF has a result without a known rule');
  demand(['error', 'warning', 'note'].includes(result.level), 'its SARIF has a result without a known level');
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

/** Breaks links: `[text](target)` is a link in a SARIF message (SARIF 2.1.0, 3.11.6). */
function plainText(value) {
  demand(isText(value), 'its SARIF has a message that is not text, or is too long');
  return value.replaceAll('](', ']\u200b(');
}

function pathInRepository(uri) {
  const isPath = isText(uri) && /^(?:[\w.~-]|%[0-9A-F]{2})+(?:\/(?:[\w.~-]|%[0-9A-F]{2})+)*$/i.test(uri);
  // Refuse escapes of NUL, a slash and a backslash: no file name in a repository contains them.
  const hasHiddenEnd = isPath && /%(?:00|2f|5c)/i.test(uri);
  demand(
    isPath && !hasHiddenEnd && !uri.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part)),
    'its SARIF names a file outside the repository',
  );
  return uri;
}

try {
  const [from = '', to = ''] = process.argv.slice(2);
  writePublishable(from, to);
} catch (error) {
  console.error(
    `the report is not published: ${error instanceof Refused ? error.message : 'it cannot be read'}`,
  );
  process.exitCode = 1;
}
