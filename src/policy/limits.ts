/** Rules times states that are looked at; a policy that needs more is not one that a person reviews. */
export const MOST_CHECKS = 2_000_000;
