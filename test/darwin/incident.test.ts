import { throughDarwin } from '../support/libsystem.js';

await throughDarwin('incident', () => import('../live/incident.test.js'));
