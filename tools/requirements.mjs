/**
 * Writes `docs/requirements.md`: each entry of `docs/requirements.yaml` with the tests whose titles name it. With
 * `--check` it writes nothing, and fails if the page is out of date. With or without `--check`, it fails if no title
 * names an entry, or if a file of the repository cites an id that has no entry.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse } from 'yaml';

const SOURCE = 'docs/requirements.yaml';
const PAGE = 'docs/requirements.md';
const CITING_FOLDERS = ['adr', 'bench', 'docs', 'policy', 'src', 'test', 'tools'];
const CITING_FILES = /\.(?:[cm]?[jt]s|md|py|yaml)$/;

const ID = String.raw`(?:AS-\d|(?:FR|NFR|C|SC)-\d{3})`;
const PITFALLS = String.raw`pitfalls? \d+(?:(?:, | and |, and | to )\d+)*\b`;
const CITATION = new RegExp(String.raw`\b${ID}(?: to ${ID})?\b|\b${PITFALLS}`, 'gi');
/** Parentheses in a title that contain only ids. */
const BRACKET = new RegExp(String.raw` \((?:(?:, )?(?:${ID}(?: to ${ID})?|${PITFALLS}))+\)`, 'g');
const TEST_FUNCTIONS = new Set(['describe', 'describeIf', 'it', 'test']);

const groups = parse(readFileSync(SOURCE, 'utf8'));
const entries = groups.flatMap(({ sections }) => sections.flatMap(({ entries }) => Object.entries(entries)));
const known = new Set(entries.map(([id]) => id));
const titles = filesIn('test')
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap(titlesIn);

const errors = [
  ...[...known]
    .filter((id) => !titles.some(({ ids }) => ids.includes(id)))
    .map((id) => `${id} (${SOURCE}): no title of a test names it`),
  ...[...CITING_FOLDERS.flatMap(filesIn), ...readdirSync('.')]
    .filter((file) => CITING_FILES.test(file) && file !== PAGE)
    .flatMap((file) => idsIn(readFileSync(file, 'utf8')).map((id) => ({ file, id })))
    .filter(({ id }) => !known.has(id))
    .map(
      ({ file, id }) => `${file}: cites ${/^\d/.test(id) ? `pitfall ${id}` : id}, which is not in ${SOURCE}`,
    ),
];
const page = pageOf();
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page)
  errors.push(`${PAGE} is not what the titles say: run \`npm run format\``);
for (const error of errors) console.error(error);
if (errors.length > 0) process.exitCode = 1;

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .sort();
}

/** Returns the ids that a text cites. The id of a pitfall is its number. A range stands for each id in the range. */
function idsIn(text) {
  return (text.match(CITATION) ?? []).flatMap((citation) =>
    [...citation.matchAll(/([A-Z]+-)?(\d+)(?: to (?:[A-Z]+-)?(\d+))?/g)].flatMap(
      ([, prefix = '', first, last = first]) =>
        Array.from(
          { length: Math.max(1, Number(last) - Number(first) + 1) },
          (_, index) =>
            prefix + String(Number(first) + index).padStart(prefix === '' ? 0 : first.length, '0'),
        ),
    ),
  );
}

/**
 * Returns the titles in a test file that name ids, each with these ids: titles of tests, of groups, and of rows of
 * `each`.
 */
function titlesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (path, naming = path.at(-1)) => {
    const ids = idsIn(naming);
    if (ids.length > 0) found.push({ file, path, ids });
  };
  const visit = (node, around) => {
    let path = around;
    if (ts.isCallExpression(node) && TEST_FUNCTIONS.has(functionOf(node.expression))) {
      const title = node.arguments.find(
        (each) => ts.isStringLiteralLike(each) || ts.isTemplateExpression(each),
      );
      if (title) {
        path = [...around, ts.isStringLiteralLike(title) ? title.text : title.getText().slice(1, -1)];
        add(path);
        for (const row of rowsOf(node.expression)) add([...around, path.at(-1).replace('%s', row)], row);
      }
    }
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(source, []);
  return found;
}

/** Returns the name of the called function: `test` for `test('…')`, `test.each(rows)('…')` and the like. */
function functionOf(node) {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) || ts.isCallExpression(node) ? functionOf(node.expression) : '';
}

/**
 * Returns the name of each row of a table that is passed to `each`: the row itself if it is a string, or its first
 * element.
 */
function rowsOf(each) {
  if (!ts.isCallExpression(each) || !each.arguments[0]) return [];
  return elementsOf(each.arguments[0]).flatMap((row) => {
    const [first = row] = elementsOf(row);
    return ts.isStringLiteralLike(first) ? [first.text] : [];
  });
}

/** Returns the elements of an array literal, or of the constant in this file that has this name. */
function elementsOf(node) {
  if (ts.isArrayLiteralExpression(node)) return [...node.elements];
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return elementsOf(node.expression);
  if (!ts.isIdentifier(node)) return [];
  const found = [];
  const visit = (each) => {
    if (ts.isVariableDeclaration(each) && each.name.getText() === node.text && each.initializer)
      found.push(...elementsOf(each.initializer));
    ts.forEachChild(each, visit);
  };
  visit(node.getSourceFile());
  return found;
}

function pageOf() {
  return [
    '# Requirements and pitfalls',
    '',
    'What sources, tests and decisions mean by `FR-003` or "pitfall 12", and the tests whose titles name it: each would fail if',
    'it were not so. `npm run format` writes this page from [requirements.yaml](requirements.yaml) and the titles, and',
    '`npm run check` fails on an entry without a test and on an id without an entry. The words *candidate* and *recorded* are',
    'those of the [safety case](safety-case.md).',
    ...groups.flatMap(({ title, about, sections }) => [
      ...['', `## ${title}`],
      ...(about ? ['', about] : []),
      ...sections.flatMap(sectionOf),
    ]),
    '',
  ].join('\n');
}

function sectionOf({ title, entries }) {
  return [
    ...['', `### ${title}`, '', '| id | what | tests |', '|---|---|---|'],
    ...Object.entries(entries).map(([id, what]) => `| ${id} | ${what} | ${testsOf(id)} |`),
  ];
}

/** Returns the tests that name an id, grouped by file: `[live/reset](…) "group › title"; …` */
function testsOf(id) {
  const naming = titles.filter(({ ids }) => ids.includes(id));
  return [...new Set(naming.map(({ file }) => file))]
    .map((file) => {
      const shown = naming.filter((title) => title.file === file).map(({ path }) => `"${shownPath(path)}"`);
      return `[${/^test\/(.*)\.test\.ts$/.exec(file)?.[1]}](../${file}) ${[...new Set(shown)].join(', ')}`;
    })
    .join('; ');
}

function shownPath(path) {
  return path
    .map((title) => title.replaceAll(BRACKET, '').replaceAll(/\$\{[^}]*\}|%[a-z#]|\$[a-z]\w*/g, '…'))
    .join(' › ')
    .replaceAll('|', '\\|');
}
