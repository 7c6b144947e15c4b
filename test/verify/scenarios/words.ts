import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from '../builds.js';
import type { Scenario } from '../play.js';

/** Command lines that do nothing to anybody: what they print, and how they end. */
const HELP: readonly (readonly string[])[] = [
  ['--help'],
  ['--version'],
  ['--version', '--json'],
  ['auth', '--help'],
  ['auth', 'doctor', '--help'],
  ['sync', '--help'],
  ['sync', 'now', '--help'],
  ['sync', 'start', '--help'],
  ['sync', 'stop', '--help'],
  ['sync', 'status', '--help'],
  ['dashboard', '--help'],
  ['policy', '--help'],
  ['demo', '--help'],
  ['policy', 'explain', '--help'],
  // Those of other shells show the texts of the help again.
  ['completion', 'bash'],
];

const WRONG: readonly (readonly string[])[] = [
  ['sink'],
  ['auth', 'docter'],
  ['auth', 'doctor', '--rest'],
  ['auth', 'doctor', 'extra'],
  ['auth', 'doctor', '--explain', 'nonsense'],
  ['auth', 'doctor', '--explain', '80'],
  ['auth', 'doctor', '--explain', '9402'],
  ['auth', 'doctor', '--explain', 'pid:1'],
  ['auth', 'doctor', '--only', 'safe_auto'],
  ['auth', 'doctor', '--dry-run'],
  ['auth', 'doctor', '--reset', '--only', 'never_touch'],
  ['auth', 'doctor', '--facts', 'none.json'],
  ['auth', 'doctor', '--facts', 'none.json', '--reset'],
  ['auth', 'doctor', '--policy', 'none.yaml'],
  ['auth', 'doctor', '--format', 'xml'],
  ['auth', 'doctor', '--save-facts', 'no/such/file'],
  ['sync', 'now', '--what'],
  ['sync', 'nwo'],
  ['dashboard', '--nope'],
  ['policy', 'check', 'none.yaml'],
  ['policy', 'check', '.'],
  ['completion', 'tcsh'],
];

const POLICY: readonly (readonly string[])[] = [
  ['policy', 'check', 'sync.yaml'],
  ['policy', 'check', 'bad.yaml'],
  ['policy', 'check', 'broken.yaml'],
  ['policy', 'prove', 'sync.yaml'],
  ['policy', 'prove', 'bad.yaml'],
  ['policy', 'diff', 'sync.yaml', 'bad.yaml'],
  ['policy', 'diff', 'sync.yaml', 'sync.yaml'],
  ['policy', 'test', 'sync.yaml', '--cases', 'cases.yaml'],
  ['policy', 'fmt', 'sync.yaml'],
  ['policy', 'schema'],
  ['auth', 'doctor', '--policy', 'bad.yaml'],
  ['auth', 'doctor', '--policy', 'sync.yaml'],
];

function said(name: string, commands: readonly (readonly string[])[], withJson: boolean): Scenario {
  return {
    name,
    play: async (stage) => {
      const { folder } = stage.world;
      await stage.daemon('orphan', { port: 9401, version: '3.2.3' });
      // One policy for both: what is verified here is what they make of it. The reference refuses values that were added
      // later, so it is the policy of the reference.
      const policies = join(reference().folder, 'policy');
      copyFileSync(join(policies, 'sync.yaml'), `${folder}/sync.yaml`);
      copyFileSync(join(policies, 'cases.yaml'), `${folder}/cases.yaml`);
      await stage.world.shell(
        `cd ${folder} && sed 's/      self_report: matches//' sync.yaml >bad.yaml && echo 'rules: [' >broken.yaml`,
      );
      for (const words of commands) {
        await stage.lookWith(words, { cwd: folder });
        if (withJson) await stage.lookWith([...words, '--json'], { cwd: folder });
      }
    },
  };
}

export const WORDS: readonly Scenario[] = [
  said('help and completion', HELP, false),
  said('what is refused', WRONG, true),
  said('policies', POLICY, true),
];
