/**
 * Builds `dist/`: one file for what every command needs, and one for each part that is loaded only when it is wanted
 * (each `import()` of ours). Loading many small files costs more than a few shared lines twice; packages are bundled for
 * the same reason, with their licences, and the large ones that many parts need are there once. CommonJS, because Node
 * starts it sooner: as an ES module, `node:fs` alone loads all of Node's streams.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { build } from 'esbuild';
import { writeTypes } from './types.mjs';

rmSync('dist', { recursive: true, force: true });
const bundled = new Set();
/** Parts of their own, for whoever needs them. */
const SHARED_PACKAGES = ['ajv', 'picocolors', 'yaml'];
const entries = new Set(
  [
    'src/bin.ts',
    'src/index.ts',
    'src/daemon/sync-daemon.ts',
    'src/dashboard/dashboard-server.ts',
    'src/demo/story.ts',
  ].map((path) => resolve(path)),
);
for (const entry of entries) await bundle({ entryPoints: [entry] }, basename(entry, '.ts'));
for (const name of SHARED_PACKAGES) await bundle({ stdin: reexport(name) }, name, []);
// Parts are named by their file alone.
const names = [...[...entries].map((entry) => basename(entry, '.ts')), ...SHARED_PACKAGES];
if (new Set(names).size < names.length) throw new Error(`two parts have one name: ${names.sort().join(' ')}`);
chmodSync('dist/bin.cjs', 0o755);
writeFileSync('dist/shipped-policy.json', compilePolicy('policy/sync.yaml'));
provePolicy('dist/policy-certificate.json');
await buildPage('src/dashboard/page', 'dist/page');
writeTypes('src/index.ts', 'dist/types');
writeFileSync('dist/THIRD-PARTY.txt', [...bundled].sort().map(licence).join('\n'));

async function bundle(input, name, shared = SHARED_PACKAGES) {
  const { metafile } = await build({
    ...input,
    outfile: `dist/${name}.cjs`,
    bundle: true,
    minify: true,
    format: 'cjs',
    // What an ES module knows of itself.
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    platform: 'node',
    target: 'node20',
    // Parts are asked for by `require`, later: a single `import()` starts the loader of ES modules, which takes 4 ms.
    supported: { 'dynamic-import': false },
    // Native, or never loaded where it matters.
    external: ['koffi', 'libsql', 'systeminformation'],
    plugins: [{ name: 'parts', setup: (build) => setPartsApart(build, shared) }],
    metafile: true,
    logLevel: 'warning',
  });
  for (const path of Object.keys(metafile.inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (name) bundled.add(name);
  }
}

function reexport(name) {
  return { contents: `module.exports = require('${name}');`, resolveDir: '.' };
}

/** What the dashboard's browser gets: three files, as they are served. */
async function buildPage(from, to) {
  mkdirSync(to);
  await build({
    entryPoints: [`${from}/page.ts`, `${from}/page.css`],
    outdir: to,
    bundle: true,
    minify: true,
    target: ['chrome120', 'firefox120', 'safari17'],
    logLevel: 'warning',
  });
  copyFileSync(`${from}/index.html`, `${to}/index.html`);
}

/** What is imported when it is wanted becomes a file of its own, beside the one that wants it. */
function setPartsApart({ onResolve, onLoad }, shared) {
  onResolve({ filter: /^[a-z]/ }, ({ path }) => {
    return shared.includes(path) ? { path: `./${path}.cjs`, external: true } : undefined;
  });
  // Of a manifest nothing but the version is wanted.
  onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return { contents: JSON.stringify({ version }), loader: 'json' };
  });
  // CommonJS has a `require` of its own: making another loads Node's loader of ES modules.
  onResolve({ filter: /^node:module$/ }, () => ({ path: 'require', namespace: 'own' }));
  onLoad({ filter: /.*/, namespace: 'own' }, () => ({
    contents: 'export const createRequire = () => require;',
  }));
  // Commander asks for it in case a command is a program of its own, which none of ours is; it costs 5 ms.
  onResolve({ filter: /^node:child_process$/ }, ({ importer }) => {
    return importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'unused' } : undefined;
  });
  // The rule engine's reader of paths into facts runs expressions. Our facts are plain words: no rule has a path.
  onResolve({ filter: /^jsonpath-plus$/ }, () => ({ path: 'none', namespace: 'unused' }));
  onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
    if (kind !== 'dynamic-import') return undefined;
    entries.add(resolve(resolveDir, path.replace(/\.js$/, '.ts')));
    return { path: `./${basename(path, '.js')}.cjs`, external: true };
  });
}

/** Parsed and compiled here, so that no command has to; it counts only for this very text. */
function compilePolicy(path) {
  const { compileText } = createRequire(import.meta.url)('../dist/from-text.cjs');
  const text = readFileSync(path, 'utf8');
  const compiled = compileText(text, 'shipped', path);
  if (!compiled.ok) throw new Error(`${path} is refused: ${JSON.stringify(compiled.problems, null, 2)}`);
  return JSON.stringify({ text, policy: compiled.compiled.policy });
}

/** By the program itself, in every state, with the rule engine beside it. Nothing is ever signalled without. */
function provePolicy(certificate) {
  const words = ['dist/bin.cjs', 'policy', 'prove', '--cross-check', '--certificate', certificate];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the shipped policy is not proved:\n${stdout}${stderr}`);
  // Whoever installs the package, all of its users read it.
  chmodSync(certificate, 0o644);
}

function licence(name) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((text) => `${folder}/${text}`).find(existsSync);
  return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8') : ''}`;
}
