/** Hosted sync is switched on by this variable, and by nothing else (C-006). */
export const HOSTED = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
