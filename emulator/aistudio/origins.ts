/** The names under which Chromium finds the simulator; three sites, so that host page and frame are truly cross-site. */
export const hostName = 'aistudio.test';
export const frameName = 'preview.usercontent.test';
export const apiName = 'generativelanguage.googleapis.com';

/** What the host page relays for the frame: the patterns that were observed. */
export const urlPatterns = [`https://${apiName}/.*`, 'https://ai.studio/.*', 'applet:.*'];
