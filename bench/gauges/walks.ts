import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HOSTED } from '../../test/support/hosted.js';
import { parseCalls } from '../../test/support/strace.js';
import { createWorld } from '../../test/support/world.js';
import { type Gauge, gauge } from './gauge.js';

/**
 * Counts how often the startup check lists the descriptors of an unrelated process, while it has to find the owner of a
 * socket: that of another root's live daemon on the range.
 */
export async function measureWalks(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    await world.run(['sync', 'start'], { env: HOSTED });
    const otherDaemon = await world.startDaemon({
      port: 9440,
      version: '3.2.4',
      root: join(world.folder, 'other'),
    });
    world.recordSingleton(otherDaemon);
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
    if (product.code !== 0 || !otherDaemon.alive()) throw new Error(product.stderr);
    const descriptors = `"/proc/${bystander.pid}/fd"`;
    const walks = parseCalls(readFileSync(log, 'utf8')).filter(({ args }) => args.includes(descriptors));
    return [
      gauge(
        'startup_walks',
        "start beside another root's live daemon: walks over all descriptors",
        walks.length,
        'walks',
        1,
      ),
    ];
  } finally {
    await world.close();
  }
}
