/** Makes sure that the browser tests have their Chromium: installs Debian's package where that is possible, else says what is missing and fails. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from '@gemini-proxy/testbed';

function run(command: string, commandArguments: readonly string[]): boolean {
  console.log(`$ ${command} ${commandArguments.join(' ')}`);
  return (
    spawnSync(command, commandArguments, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0
  );
}

const isRootOnDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

if (findChromium() === undefined && isRootOnDebian) {
  run('apt-get', ['update', '-q']);
  run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', 'chromium']);
}
if (findChromium() === undefined) {
  console.error('The browser tests need Chromium, and none was found.');
  console.error(
    'Install it (Debian, as root: apt-get install chromium) or name its path in CHROMIUM_PATH, then run npm test again.',
  );
  process.exit(1);
}
