import { throughDarwin } from '../../support/libsystem.js';

await throughDarwin('survivors', () => import('../../live/survivors.test.js'));
