/** Environment that switches hosted sync on (C-006). */
export const HOSTED = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
