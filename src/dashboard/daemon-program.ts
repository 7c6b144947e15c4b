import { newIdentity } from '../daemon/identity-record.js';
import { openLog } from '../daemon/log.js';
import { runDaemonProgram, runUntilRetired } from '../daemon/run.js';
import {
  DASHBOARD_IDLE_RETIREMENT_SECONDS,
  DASHBOARD_IDLE_RETIREMENT_VARIABLE,
  idleTimeoutsFrom,
} from '../daemon/settings.js';
import { localMachine } from '../machine/local.js';
import { dashboardService } from './server.js';

const machine = localMachine();

/** Program of a dashboard. `spec-kitty dashboard` starts it for one project. */
void runDaemonProgram(machine, 'dashboard', 'spec-kitty dashboard', (shape) => {
  const identity = newIdentity(machine.observer, 'dashboard', shape);
  const timeouts = idleTimeoutsFrom(
    machine.observer.self.environment[DASHBOARD_IDLE_RETIREMENT_VARIABLE],
    DASHBOARD_IDLE_RETIREMENT_SECONDS,
  );
  const service = dashboardService(machine, shape.root);
  return runUntilRetired(machine, identity, service, openLog(machine, identity), timeouts);
});
