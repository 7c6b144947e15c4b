import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endToEnd, packTarball } from '../../test/package/end-to-end.js';
import { type Gauge, gauge } from './gauge.js';

/**
 * Measures the size of an installation (ADR 5): the package, with its required dependencies, and with its optional
 * native ones.
 */
export function measurePackage(): Promise<readonly Gauge[]> {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-package-'));
  try {
    const tarball = packTarball(folder);
    const [bare, full] = [true, false].map((withoutOptional) => {
      const { trouble, bytes, packages } = endToEnd(tarball, { node: process.execPath, withoutOptional });
      if (trouble.length > 0) throw new Error(trouble.join('\n'));
      return { own: bytes.own / 1e6, all: bytes.all / 1e6, packages };
    });
    return Promise.resolve([
      gauge('package_size', 'the package, unpacked', full?.own ?? NaN, 'MB', 4),
      gauge(
        'package_count',
        'packages installed, without the optional ones',
        bare?.packages ?? NaN,
        'packages',
        2,
      ),
      gauge(
        'package_count_optional',
        'packages installed, with the optional ones',
        full?.packages ?? NaN,
        'packages',
        null,
      ),
      gauge('package_all', 'on the disk, without the optional ones', bare?.all ?? NaN, 'MB', 6),
      gauge('package_all_optional', 'on the disk, with the optional ones', full?.all ?? NaN, 'MB', null),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
