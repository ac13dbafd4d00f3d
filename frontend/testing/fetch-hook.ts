/**
 * Runs in each frame before its scripts: defines `window.fetch` by a getter, as AI Studio's shim does, and answers calls
 * to the Gemini API itself. While `window.isHookSilent` is set, calls stay pending.
 */
export const fetchHook = `
  window.hookedCalls = [];
  const nativeFetch = window.fetch;
  const answer = async (input, init) => {
    const request = new Request(input, init);
    if (!request.url.startsWith('https://generativelanguage.googleapis.com/')) return nativeFetch(input, init);
    const body = await request.text();
    window.hookedCalls.push({ url: request.url, method: request.method, body });
    while (window.isHookSilent) await new Promise((resolve) => window.addEventListener('hook-speaks', resolve, { once: true }));
    if (request.url.includes('/models?')) return Response.json({ models: [] });
    return new Response('echo: ' + body, { status: 201, headers: { 'x-from': 'hook' } });
  };
  Object.defineProperty(window, 'fetch', { configurable: true, get: () => answer });
`;
