import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './repository.ts';
import { withoutPictures } from './without-pictures.ts';

describe('a text of the package', () => {
  it('says in words what its pictures show', () => {
    const picture = '<picture>\n  <source srcset="dark.png">\n  <img src="light.png"\n    alt="The console: ready">\n</picture>';
    expect(withoutPictures(`Before.\n\n${picture}\n\n${picture}\n`)).toBe(
      'Before.\n\n*The console: ready*\n\n*The console: ready*\n',
    );
  });

  it.each(['README.md', 'README.zh-CN.md', 'docs/first-run.md', 'docs/first-run.zh-CN.md'])(
    'refers to no picture: %s',
    async (name) => {
      const text = await readFile(join(repository, name), 'utf8');
      expect(text).toContain('<img');
      expect(withoutPictures(text)).not.toMatch(/<img|<picture|\.png/);
    },
  );
});
