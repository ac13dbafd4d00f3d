/**
 * The names under which Chromium finds the simulator: three sites, so that host page and frame are truly cross-site. They are those of the real
 * service, since a gateway judges a worker page by its origin; Chromium resolves them to this machine, and nothing else does.
 */
export const hostName = 'aistudio.google.com';
export const frameName = 'preview.scf.usercontent.goog';
export const apiName = 'generativelanguage.googleapis.com';

/** What the host page relays for the frame: the patterns that were observed. */
export const urlPatterns = [`https://${apiName}/.*`, 'https://ai.studio/.*', 'applet:.*'];
