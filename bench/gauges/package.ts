import { readFileSync } from 'node:fs';
import { pack } from '../../test/package/install.js';
import { type Gauge, gauge } from './gauge.js';

/** What an installation costs (ADR 5). */
export function measurePackage(): Promise<readonly Gauge[]> {
  const packed = pack();
  packed.remove();
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>;
  const count = Object.keys(dependencies ?? {}).length;
  return Promise.resolve([
    gauge('package_size', 'the package, unpacked', packed.unpackedBytes / 1e6, 'MB', 2.2),
    gauge('package_dependencies', 'packages that are installed with it', count, 'packages', 1),
  ]);
}
