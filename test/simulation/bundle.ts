import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** One change of the product's source: the fragment must occur exactly once in its file. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * Bundles what the simulation runs of the product.
 * @param edits the changes of a mutant; none for the product as it is
 * @throws if a fragment is not found exactly once, or if the bundle contains a module that touches the real machine
 */
export async function bundleProduct(edits: readonly Edit[] = []): Promise<string> {
  // Without a certificate no command would act, and no run would show anything.
  if (!existsSync(CERTIFICATE)) throw new Error(`${CERTIFICATE} is missing: run npm run build`);
  const edited = new Set<Edit>();
  const { outputFiles, metafile } = await build({
    entryPoints: ['test/simulation/product.ts'],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Each `await` becomes a call of `then`, so that the scheduler's promises do (promise.ts).
    supported: { 'async-await': false, 'async-generator': false, 'for-await': false },
    metafile: true,
    // Imports of types only must not load src/machine.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false } },
    plugins: [once, withoutJsonPath, withEdits(edits, edited)],
    logLevel: 'warning',
  });
  const missing = edits.find((edit) => !edited.has(edit));
  if (missing) throw new Error(`${missing.file} is not part of what the simulation runs`);
  const touching = Object.keys(metafile.inputs).find(
    (path) => path.startsWith('src/machine/') && !PURE.includes(path),
  );
  if (touching !== undefined) throw new Error(`${touching} touches the real machine, and is in the bundle`);
  return outputFiles[0]?.text ?? '';
}

/** What the build writes when it has proven the policy. */
const CERTIFICATE = 'dist/policy-certificate.json';

/** The modules of src/machine that only compute. */
const PURE: readonly string[] = ['src/machine/collector.ts'];

function withEdits(edits: readonly Edit[], edited: Set<Edit>): Plugin {
  return {
    name: 'edits',
    setup(builder) {
      builder.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const mine = edits.filter(({ file }) => file === relative(process.cwd(), path));
        if (mine.length === 0) return undefined;
        const contents = mine.reduce(
          (text, edit) => {
            edited.add(edit);
            return applied(text, edit);
          },
          readFileSync(path, 'utf8'),
        );
        return { contents, loader: 'ts' };
      });
    },
  };
}

function applied(text: string, { file, find, replace }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${file} has this fragment ${parts.length - 1} times, not once:\n${find}`);
  return parts.join(replace);
}

/** Takes what would cost most of the time of a run from modules that do it once. */
const once: Plugin = {
  name: 'once',
  setup(builder) {
    builder.onResolve({ filter: /\/evaluate\.js$/ }, ({ importer }) =>
      importer.endsWith('/src/examine.ts')
        ? { path: resolve('test/simulation/evaluate-once.ts') }
        : undefined,
    );
    builder.onResolve({ filter: /\/policy\/load\.js$/ }, ({ importer }) =>
      importer.endsWith('/open-policy-once.ts')
        ? undefined
        : { path: resolve('test/simulation/open-policy-once.ts') },
    );
  },
};

/** As tools/build.mjs: no rule has a path into its facts, so the package that would run expressions is left out. */
const withoutJsonPath: Plugin = {
  name: 'without-jsonpath',
  setup(builder) {
    builder.onResolve({ filter: /^jsonpath-plus$/ }, () => ({ path: 'none', namespace: 'unused' }));
    builder.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};
