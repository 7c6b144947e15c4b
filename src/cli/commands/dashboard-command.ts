import { Command, Option } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { teach } from '../teach.js';

interface DashboardOptions {
  readonly stop?: true;
  readonly json?: boolean;
}

/** The words of `spec-kitty dashboard`; what it does is in `dashboard/`, and is loaded when it is asked for. */
export function dashboardCommand(exitWith: (code: ExitCode) => void): Command {
  const command = new Command('dashboard')
    .description('show the daemons of both families, and what each needs, on a local page')
    .addOption(new Option('--stop', 'stop the dashboards of this project'))
    .addOption(new Option('--json', 'print one JSON document (schemas/dashboard-report.schema.json)'))
    .allowExcessArguments(false)
    .action(async ({ stop, json = false }: DashboardOptions) => {
      exitWith(
        stop
          ? await (await import('./dashboard/dashboard-stop.js')).dashboardStop(json)
          : await (await import('./dashboard/dashboard-start.js')).dashboardStart(json),
      );
    });
  return teach(command, {
    notes:
      'Works on the project of the folder it is run in: the nearest one above that holds .kittify. It never starts sync,\nand never touches a dashboard of another project.',
    examples: [
      ['spec-kitty dashboard', 'start it, or find it again, and print its address'],
      ['spec-kitty dashboard --stop', 'stop it'],
    ],
    exitCodes: `${EXIT.done} it runs, or with --stop none is left, ${EXIT.attention} it does not, or one is still there, ${EXIT.couldNot} the job could not be done`,
  });
}
