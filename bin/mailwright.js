#!/bin/sh
':' //; exec node -- "$0" "$@"
// The two lines above start this file as a program: the shell hands it to Node behind "--", because Node would otherwise take some of our
// flags for its own (--env-file, wherever it stands). Node itself reads them as a string and a comment.
//
// Plain JavaScript that any Node parses: finds a Node that is new enough, then the program (sources in a checkout, a bundle in a package).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const MINIMUM = [22, 19];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNew = major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);

if (isNew) {
  nodeModule.enableCompileCache?.();
  const source = new URL('../src/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
} else {
  const brought = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(brought)) {
    // A checkout brings its own Node, so that a machine with an older one can work on it.
    const child = spawn(brought, ['--', fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
    // A terminal sends Ctrl-C to both of us; everybody else's signals are handed on, so that none outlives the other.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.once('exit', (code) => {
      process.exitCode = code ?? 1;
    });
  } else {
    console.error(
      `mailwright needs Node ${MINIMUM.join('.')} or newer, this is ${process.versions.node}. Node 24 LTS is recommended.`,
    );
    process.exitCode = 2;
  }
}
