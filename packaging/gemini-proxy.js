#!/usr/bin/env node
// Written so that any Node since 14.8 understands it: an old one is told what is missing, not what it cannot parse.
const oldestMajor = 24;

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  await import(new URL('../lib/main.js', import.meta.url).href);
} else {
  console.error(
    `gemini-proxy needs Node ${oldestMajor} or later; this is Node ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exitCode = 1;
}
