import { describe, expect, it } from 'vitest';
import { injectShim } from './frame-server.ts';
import { toFilePath } from './static-files.ts';

describe('injectShim', () => {
  const tag = '<script src="/_aistudio-iframe.js" data-live="relayed"></script>';

  it.each([
    { html: '<html><head><script></script></head>', expected: `<html><head>${tag}<script></script></head>` },
    { html: '<HEAD lang="en">\n<title>', expected: `<HEAD lang="en">${tag}\n<title>` },
    { html: '<header></header>', expected: `${tag}<header></header>` },
    { html: '', expected: tag },
  ])('puts the shim before every script of $html', ({ html, expected }) => {
    expect(injectShim(html, { live: 'relayed' })).toBe(expected);
  });
});

describe('toFilePath', () => {
  it.each([
    { path: '/', expected: '/app/index.html' },
    { path: '/sub/?a=1#b', expected: '/app/sub/index.html' },
    { path: '/a%20b.js', expected: '/app/a b.js' },
    { path: '/../secret', expected: '/app/secret' },
    { path: '/%2e%2e/secret', expected: '/app/secret' },
    { path: '/..%2fsecret', expected: '/app/secret' },
    { path: '/a/..%2f..%2fsecret', expected: '/app/secret' },
    { path: '/%E0%A4%A', expected: undefined },
    { path: '//[', expected: undefined },
  ])('means $expected by $path', ({ path, expected }) => {
    expect(toFilePath('/app', path)).toBe(expected);
  });
});
