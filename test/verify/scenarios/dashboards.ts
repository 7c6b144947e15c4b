import { mkdirSync } from 'node:fs';
import { recordDashboard } from '../../support/dashboards.js';
import { isAlive } from '../../support/process-table.js';
import { until } from '../../support/until.js';
import type { Scenario } from '../play.js';

const UP = ['dashboard', '--json'];
const STOP = ['dashboard', '--stop', '--json'];

/** The dashboards of a project: started, found, retired and stopped, by either build. */
export const DASHBOARDS: readonly Scenario[] = [
  {
    name: 'a dashboard is started, found, asked and stopped',
    bothWays: true,
    play: async (stage) => {
      await stage.run(UP, { asDaemon: true });
      await stage.run(UP);
      await stage.run(['dashboard']);
      const { status, head, body } = await stage.world.ask(9237, { path: '/' });
      stage.note('its page', { status, head: head.split('\r\n')[0], length: body.length > 0 });
      await stage.run(['auth', 'doctor', '--json']);
      await stage.run(STOP);
      await stage.run(['dashboard', '--stop']);
    },
  },
  {
    name: 'a dashboard of ours leaves by itself when it is idle',
    bothWays: true,
    play: async (stage) => {
      const report = await stage.run(UP, {
        ...{ asDaemon: true, env: { DASHBOARD_IDLE_RETIREMENT_SECONDS: '1' } },
      });
      const { outcome } = report as { outcome: { dashboard: { pid: string } } };
      const pid = stage.pidOf(outcome.dashboard.pid);
      await until(() => !isAlive(pid), 20_000);
      await stage.run(['dashboard', '--stop']);
    },
  },
  {
    name: 'a released dashboard that is recorded is used and stopped',
    play: async (stage) => {
      const { world } = stage;
      const released = await world.startDashboard({ port: 9240, project: world.project });
      recordDashboard(stage.known('released', released));
      await stage.run(UP);
      await stage.run(['dashboard']);
      await stage.run(STOP);
    },
  },
  {
    name: 'what is left of earlier dashboards is retired by a start a minute later',
    play: async (stage) => {
      const { world } = stage;
      const project = world.project;
      stage.known('left', await world.startDashboard({ port: 9240, project }));
      stage.known('deaf', await world.startDashboard({ port: 9241, project, refusesShutdown: true }));
      stage.known('of another project', await world.startDashboard({ port: 9242 }));
      stage.known('web server', await world.startPlainHttp(9243));
      await stage.daemon('sync daemon', { port: 9244, version: '3.2.3' });
      await stage.run(UP);
      await stage.run(UP, { asIfRunningForAMinute: true });
      await stage.run(STOP);
    },
  },
  {
    name: 'a dashboard that does not prove itself',
    play: async (stage) => {
      const { world } = stage;
      const { project } = world;
      const liar = await world.startDashboard({ port: 9246, project, healthPatch: { token: 'another' } });
      recordDashboard(stage.known('liar', liar));
      await stage.run(UP);
      await stage.run(['dashboard', '--stop']);
      await stage.run(STOP);
    },
  },
  {
    name: 'all dashboard ports are taken',
    play: async (stage) => {
      const every = Array.from({ length: 100 }, (_, index) => 9237 + index);
      stage.known('silent', await stage.world.startSilent(every));
      await stage.run(UP);
      await stage.run(['dashboard']);
    },
  },
  {
    name: 'no project, and a folder of a project',
    play: async (stage) => {
      const { folder, project } = stage.world;
      mkdirSync(`${project}/deep/er`, { recursive: true });
      await stage.run(['dashboard'], { cwd: folder });
      await stage.run(UP, { cwd: folder });
      await stage.run(UP, { cwd: `${project}/deep/er` });
      await stage.run(STOP, { cwd: `${project}/deep/er` });
    },
  },
];
