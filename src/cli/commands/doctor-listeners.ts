/** What the doctor needs where somebody listens, as one part: on an empty range it is not loaded. */
export { fenceFor } from '../../pipeline/plan.js';
export { suspendedIn } from '../../pipeline/suspended.js';
export { aboutListeners } from '../../report/about-listeners.js';
export { listenerSections } from '../../report/formats/listener-sections.js';
