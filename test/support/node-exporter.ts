import { runCommand } from './command.js';
import type { Sandbox } from './sandbox.js';

export const NODE_EXPORTER = 'prometheus-node-exporter';
/** In the network namespace of a test. */
const PORT = 9100;

/**
 * Starts Debian's node_exporter with only its textfile collector. Resolves when it listens.
 * @returns a function that fetches its metrics
 */
export async function startNodeExporter(sandbox: Sandbox, textfiles: string): Promise<() => Promise<string>> {
  const child = sandbox.processes.spawn(
    [
      ...[NODE_EXPORTER, '--collector.disable-defaults', '--collector.textfile'],
      ...[`--collector.textfile.directory=${textfiles}`, `--web.listen-address=127.0.0.1:${PORT}`],
    ],
    { env: {}, cwd: sandbox.folder },
  );
  await new Promise<void>((resolve, reject) => {
    let output = '';
    // Read to the end, because SIGPIPE would end a program that writes to a closed pipe.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Listening on')) resolve();
    });
    child.once('close', () => {
      reject(new Error(`node_exporter did not listen: ${output}`));
    });
  });
  const script = `fetch('http://127.0.0.1:${PORT}/metrics').then((answer) => answer.text()).then(console.log)`;
  return async () => {
    const argv = [process.execPath, '-e', script];
    const { code, stdout, stderr } = await runCommand(sandbox.processes, argv, {
      env: {},
      cwd: sandbox.folder,
    });
    if (code !== 0) throw new Error(`node_exporter was not reached: ${stderr}`);
    return stdout;
  };
}
