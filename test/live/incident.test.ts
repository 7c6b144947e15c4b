import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DoctorReport } from '../../src/model/report.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'the incident: 18 daemons of three releases under one root, no state file', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  test('quick', async () => {
    const daemons = await world.startIncident('quick');
    const doctor = await world.run(['auth', 'doctor']);
    console.log(doctor.stdout, doctor.stderr, doctor.code, doctor.ms);
    console.log((await world.run(['auth', 'doctor', '--explain', '9405'])).stdout);
    const reset = await world.run(['auth', 'doctor', '--reset']);
    console.log(reset.stdout, reset.stderr, reset.code, reset.ms, daemons.map((d) => d.alive()));
    console.log((await world.run(['auth', 'doctor', '--json'])).stdout);
  });
});
