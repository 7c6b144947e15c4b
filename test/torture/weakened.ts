import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** A build of the product that must never be shipped, to see whether the rig would notice. */
export interface Weakened {
  readonly bin: string;
  readonly remove: () => void;
}

/** The product without its safety envelope: whatever the policy lets a reset act on is acted on. */
export async function buildWithoutEnvelope(): Promise<Weakened> {
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
    plugins: [WITHOUT_ENVELOPE],
    logLevel: 'warning',
  });
  return {
    bin,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const WITHOUT_ENVELOPE: Plugin = {
  name: 'without-envelope',
  setup(builder) {
    builder.onLoad({ filter: /src\/enforcement\/guard\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /(function refusalBy\([^{]*\{)/,
        '$1 if (checks.length > 0) return null;',
      ),
      loader: 'ts',
    }));
  },
};
