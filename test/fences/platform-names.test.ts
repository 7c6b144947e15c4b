import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What judges and acts: it depends on capabilities (src/model/capabilities.ts), never on a name. */
const FOLDERS = ['src/identity', 'src/policy', 'src/enforcement'];
const FILES = ['src/examine.ts', 'src/enforce.ts', 'src/reset.ts', 'src/forget.ts', 'src/proof-of-end.ts'];
/** It makes up a scan, which has the names of a platform and a collector. */
const MAKES_A_SCAN = 'src/policy/witness.ts';

const NAME =
  /\bplatform\s*\.\s*(?:name|isWindows)\b|\bcontext\s*\.\s*platform\b|\bplatformNamed\b|'(?:linux|darwin|win32|procfs|systeminformation|libproc|libsystem)'|\brunsDaemons\b/;

/** A line that names a platform or a collector, but for comments. */
function namesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\/\/ .*|^\s*\/?\*.*/, ''))
    .filter((line) => NAME.test(line));
}

test('no verdict and no act depends on the name of a platform or a collector', () => {
  expect(FILES.filter((file) => !existsSync(file))).toEqual([]);
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  expect(inFolders.length).toBeGreaterThan(30);
  const found = [...inFolders, ...FILES]
    .filter((file) => file !== MAKES_A_SCAN)
    .flatMap((file) => namesIn(readFileSync(file, 'utf8')).map((line) => `${file}: ${line.trim()}`));
  expect(found).toEqual([]);
});

test('the search sees planted names', () => {
  const planted = [
    "if (observer.platform.name === 'linux') return null;",
    'const { name } = platformNamed(context.platform);',
    "if (scan.collector !== 'procfs') return [];",
    "  case 'darwin':",
    'return observer.platform.isWindows;',
    'if (platform.runsDaemons) act();',
  ];
  for (const line of planted) expect(namesIn(line)).toEqual([line]);
  expect(namesIn('  // on linux\n/** as `procfs` does */\n * platform.name')).toEqual([]);
  expect(namesIn(readFileSync(MAKES_A_SCAN, 'utf8'))).not.toEqual([]);
});
