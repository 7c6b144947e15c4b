/**
 * Writes the JSON Schemas of documents that other programs read or write, from their TypeScript types. With `--check`
 * it writes nothing, and fails if a schema is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const DOCUMENTS = [
  { type: 'DoctorReport', path: 'src/report/report.ts', title: 'spec-kitty auth doctor --json' },
  {
    type: 'ErrorReport',
    path: 'src/report/report.ts',
    title: 'spec-kitty --json, when the job could not be done',
  },
  {
    type: 'DashboardReport',
    path: 'src/dashboard/view.ts',
    title: 'spec-kitty dashboard … --json',
  },
  { type: 'SyncReport', path: 'src/sync/status.ts', title: 'spec-kitty sync … --json' },
  { type: 'HistoryReport', path: 'src/cli/history.ts', title: 'spec-kitty history --json' },
  {
    type: 'Acknowledged',
    path: 'src/policy/acknowledged.ts',
    title: 'acknowledged.yaml: accepted changes that loosen a policy',
  },
  {
    type: 'PolicyCases',
    path: 'src/policy/test/cases.ts',
    title: 'cases.yaml: which verdict a policy is to give in which state',
  },
  { type: 'PolicyReport', path: 'src/policy/format/formats.ts', title: 'spec-kitty policy … --json' },
  { type: 'VersionReport', path: 'src/cli/version.ts', title: 'spec-kitty --version --json' },
  {
    type: 'SavedScan',
    file: 'facts',
    path: 'src/scan/saved-form.ts',
    title: 'spec-kitty auth doctor --save-facts',
  },
];

for (const { type, file: name, path, title } of DOCUMENTS) {
  const generator = createGenerator({
    path,
    type,
    tsconfig: 'tsconfig.json',
    topRef: false,
    expose: 'all',
    skipTypeCheck: true,
  });
  const { $schema, ...schema } = generator.createSchema(type);
  refuseUnstableNames(schema);
  const file = `schemas/${name ?? type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.schema.json`;
  const text = await format(JSON.stringify({ $schema, title, ...schema }), {
    parser: 'json',
    printWidth: 110,
  });
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is out of date with ${type} in ${path}: run \`npm run format\``);
    process.exitCode = 1;
  }
}

/**
 * Throws if a definition has a name that is not stable. The generator names a generic type with an unnamed argument,
 * such as `Result<readonly Item[]>`, after the offset of `Item` in its file. That name changes with every edit of the
 * file, so it must not get into a published schema.
 */
function refuseUnstableNames({ definitions = {} }) {
  const unstable = Object.keys(definitions).find((name) => /def-|structure-/.test(name));
  if (unstable) throw new Error(`definition ${unstable}: give the type argument a name of its own`);
}
