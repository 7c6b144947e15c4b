import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HOSTED } from '../../test/support/hosted.js';
import { parseCalls } from '../../test/support/strace.js';
import { createWorld } from '../../test/support/world.js';
import { type Gauge, gauge } from './gauge.js';

/**
 * How often a start lists the descriptors of a process that has nothing to do with it, while a squatter of ours, which
 * is live for another root, has to be told from whoever else might hold its socket.
 */
export async function measureWalks(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    await world.run(['sync', 'start'], { env: HOSTED });
    const squatter = await world.startDaemon({
      port: 9440,
      version: '3.2.4',
      root: join(world.folder, 'other'),
    });
    world.recordSingleton(squatter);
    const bystander = await world.startPlainHttp(8080);
    const log = join(world.folder, 'strace.log');
    const product = await world.command(
      [
        'strace',
        '-f',
        '-qq',
        '-e',
        'trace=openat',
        '-o',
        log,
        process.execPath,
        resolve('dist/bin.cjs'),
        'sync',
        'now',
      ],
      HOSTED,
    );
    if (product.code !== 0 || !squatter.alive()) throw new Error(product.stderr);
    const descriptors = `"/proc/${bystander.pid}/fd"`;
    const walks = parseCalls(readFileSync(log, 'utf8')).filter(({ args }) => args.includes(descriptors));
    return [
      gauge(
        'startup_walks',
        'start beside a squatter of ours: walks over all descriptors',
        walks.length,
        'walks',
        1,
      ),
    ];
  } finally {
    await world.close();
  }
}
