import { runCommand } from './command.js';
import type { Place } from './place.js';

export const NODE_EXPORTER = 'prometheus-node-exporter';
/** In the private network of a test. */
const PORT = 9100;

/**
 * Starts Debian's node_exporter with nothing but its textfile collector; resolved once it listens.
 * @returns a question for all that it serves
 */
export async function startNodeExporter(place: Place, textfiles: string): Promise<() => Promise<string>> {
  const child = place.processes.spawn(
    [
      ...[NODE_EXPORTER, '--collector.disable-defaults', '--collector.textfile'],
      ...[`--collector.textfile.directory=${textfiles}`, `--web.listen-address=127.0.0.1:${PORT}`],
    ],
    { env: {}, cwd: place.folder },
  );
  await new Promise<void>((resolve, reject) => {
    let said = '';
    // Read to the end: who writes to a pipe that nobody reads is ended.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Listening on')) resolve();
    });
    child.once('close', () => {
      reject(new Error(`node_exporter did not listen: ${said}`));
    });
  });
  const script = `fetch('http://127.0.0.1:${PORT}/metrics').then((answer) => answer.text()).then(console.log)`;
  return async () => {
    const argv = [process.execPath, '-e', script];
    const { code, stdout, stderr } = await runCommand(place.processes, argv, { env: {}, cwd: place.folder });
    if (code !== 0) throw new Error(`node_exporter was not reached: ${stderr}`);
    return stdout;
  };
}
