import { begin } from '../lifecycle/begin.js';
import { live } from '../lifecycle/live.js';
import { openLog } from '../lifecycle/log.js';
import { newIdentity } from '../lifecycle/own-identity.js';
import {
  DASHBOARD_IDLE_RETIREMENT_SECONDS,
  DASHBOARD_IDLE_RETIREMENT_VARIABLE,
  patienceFrom,
} from '../model/daemon-settings.js';
import { occupationOf } from './occupation.js';

/** The program of a dashboard, started by `spec-kitty dashboard` for one project. */
void begin('dashboard', 'spec-kitty dashboard', (shape) => {
  const identity = newIdentity('dashboard', shape);
  const patience = patienceFrom(
    process.env[DASHBOARD_IDLE_RETIREMENT_VARIABLE],
    DASHBOARD_IDLE_RETIREMENT_SECONDS,
  );
  return live(identity, occupationOf(shape.root), openLog(identity), patience);
});
