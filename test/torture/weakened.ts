import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** A deliberately unsafe build of the product, to check that the torture test finds its errors. */
export interface WeakenedBuild {
  readonly bin: string;
  readonly remove: () => void;
}

/** Builds the product without its guard: it acts on every candidate that the policy lets a reset act on. */
export async function buildWithoutGuard(): Promise<WeakenedBuild> {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-weakened-'));
  for (const name of ['package.json', 'policy', 'schemas'])
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'dist'));
  for (const name of ['shipped-policy.json', 'policy-certificate.json'])
    cpSync(`dist/${name}`, join(folder, 'dist', name));
  const bin = join(folder, 'dist/bin.cjs');
  await build({
    entryPoints: ['src/bin.ts'],
    outfile: bin,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    external: ['koffi', 'libsql', 'systeminformation'],
    plugins: [WITHOUT_GUARD],
    logLevel: 'warning',
  });
  return {
    bin,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const WITHOUT_GUARD: Plugin = {
  name: 'without-guard',
  setup(builder) {
    builder.onLoad({ filter: /src\/enforcement\/guard\.ts$/ }, ({ path }) => {
      const guard = readFileSync(path, 'utf8');
      const contents = guard.replace(
        /(function firstRefusal\([^{]*\{)/,
        '$1 if (checks.length > 0) return null;',
      );
      if (contents === guard) throw new Error(`${path} has no \`firstRefusal\` to be disabled`);
      return { contents, loader: 'ts' };
    });
  },
};
