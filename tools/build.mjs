/**
 * Builds `dist/`: one CommonJS file for each program, and one for each large package. Sources import statically; the
 * build makes each import lazy, so that a command evaluates only the modules it uses. Packages are bundled, and their
 * licences collected in `THIRD-PARTY.txt`.
 */
import { transformAsync } from '@babel/core';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import { rememberBuild } from './built.mjs';
import { writeTypes } from './types.mjs';

rmSync('dist', { recursive: true, force: true });
const bundled = new Set();
const PROGRAMS = {
  bin: 'src/bin.ts',
  index: 'src/index.ts',
  'sync-daemon': 'src/sync/daemon-program.ts',
  'dashboard-server': 'src/dashboard/daemon-program.ts',
  story: 'src/demo/story.ts',
};
/** Packages with a file of their own, which a program loads when it first uses the package. */
const PARTS = ['ajv', 'commander', 'json-rules-engine', 'lossless-json', 'picocolors', 'smol-toml', 'yaml'];
/** The part for macOS, which no program reads on another system. */
const DARWIN = 'src/machine/darwin/machine.ts';
for (const [name, path] of Object.entries({ ...PROGRAMS, darwin: DARWIN }))
  await bundle({ entryPoints: [path] }, name, PARTS);
for (const name of PARTS) await bundle({ stdin: reexport(name) }, name, []);
chmodSync('dist/bin.cjs', 0o755);
writeFileSync('dist/shipped-policy.json', await compilePolicy('policy/sync.yaml'));
provePolicy('dist/policy-certificate.json');
await buildPage('src/dashboard/page', 'dist/page');
writeTypes('src/index.ts', 'dist/types');
writeFileSync('dist/THIRD-PARTY.txt', [...bundled].sort().map(licence).join('\n'));
rememberBuild();

async function bundle(input, name, parts) {
  const { metafile } = await build({
    ...input,
    outfile: `dist/${name}.cjs`,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Not bundled: optional and native (koffi, libsql), or large and rarely used (systeminformation).
    external: ['koffi', 'libsql', 'systeminformation'],
    plugins: [{ name: 'lazy', setup: (build) => makeLazy(build, parts) }],
    metafile: true,
    logLevel: 'warning',
    // Silences a warning: the sources are ES modules, but `makeLazy` turns them into CommonJS before esbuild sees them.
    logOverride: { 'commonjs-variable-in-esm': 'silent' },
  });
  for (const path of Object.keys(metafile.inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (name) bundled.add(name);
  }
}

function reexport(name) {
  return { contents: `module.exports = require('${name}');`, resolveDir: '.' };
}

/** Builds the dashboard's page: three files, which the browser gets as they are. */
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

/**
 * Makes imports lazy: each imported module (of src, of Node or of a package) is evaluated when one of its exports is
 * first used.
 */
function makeLazy({ onResolve, onLoad }, parts) {
  onResolve({ filter: /^[a-z]/ }, ({ path }) => {
    return parts.includes(path) ? { path: `./${path}.cjs`, external: true } : undefined;
  });
  onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) => {
    const source = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
    if (source === resolve(DARWIN)) return { path: './darwin.cjs', external: true };
    return existsSync(source) ? { path: source } : undefined;
  });
  onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
    // The public module stays an ES module: esbuild then declares its exports, which other programs import by name.
    return path === resolve(PROGRAMS.index) ? undefined : { contents: await lazyCommonJs(path) };
  });
  // Bundles only the version of each package.json, because no other field is used.
  onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return { contents: JSON.stringify({ version }), loader: 'json' };
  });
  // Commander loads child_process for commands that are separate programs. There are none here, and loading takes 5 ms.
  onResolve({ filter: /^node:child_process$/ }, ({ importer }) => {
    return importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'unused' } : undefined;
  });
  // json-rules-engine uses jsonpath-plus for paths into facts, which can run expressions. No rule here has a path, so
  // jsonpath-plus is left out.
  onResolve({ filter: /^jsonpath-plus$/ }, () => ({ path: 'none', namespace: 'unused' }));
  onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
}

async function lazyCommonJs(path) {
  const { code } = await transform(readFileSync(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'es2022',
    // CommonJS has no `import.meta`.
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    // Avoids `import()` in the output, because the first one starts Node's loader of ES modules, which takes 4 ms.
    supported: { 'dynamic-import': false },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  const { code: lazy } = await transformAsync(code, {
    babelrc: false,
    configFile: false,
    compact: false,
    plugins: [['@babel/plugin-transform-modules-commonjs', { lazy: () => true }]],
  });
  return lazy;
}

/**
 * Compiles the shipped policy at build time, so that commands need not. A command uses the compiled policy only if the
 * text of the policy is still the same.
 */
async function compilePolicy(path) {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-build-'));
  try {
    const outfile = join(folder, 'load.cjs');
    const external = ['koffi', 'libsql', 'systeminformation'];
    const plugins = [{ name: 'lazy', setup: (build) => makeLazy(build, []) }];
    await build({
      entryPoints: ['src/policy/load.ts'],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      external,
      plugins,
      logOverride: { 'commonjs-variable-in-esm': 'silent' },
    });
    const { compileText } = createRequire(import.meta.url)(outfile);
    const text = readFileSync(path, 'utf8');
    const compiled = compileText(text, 'shipped', path);
    if (!compiled.ok) throw new Error(`${path} is refused: ${JSON.stringify(compiled.problems, null, 2)}`);
    return JSON.stringify({ text, policy: compiled.compiled.policy });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Proves the shipped policy, compares the rule engine with the proof in every state, and writes the certificate.
 * Commands signal nothing under a policy that has no certificate.
 */
function provePolicy(certificate) {
  const words = ['dist/bin.cjs', 'policy', 'prove', '--cross-check', '--certificate', certificate];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the shipped policy is not proved:\n${stdout}${stderr}`);
  // Every user must be able to read the certificate, also if the superuser installed the package.
  chmodSync(certificate, 0o644);
}

function licence(name) {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((text) => `${folder}/${text}`).find(existsSync);
  return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8') : ''}`;
}
