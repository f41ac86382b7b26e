import { copyFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles the two programs of the package: the command line and the sandbox. Everything is in the bundle, so the installed package
 * has no dependencies; splitting keeps heavy parts (SDKs, zod, prompts) out of the start.
 */
export function bundle(options: { write: boolean }) {
  return build({
    entryPoints: { main: 'src/main.ts', sandbox: 'src/sandbox/main.ts' },
    absWorkingDir: ROOT,
    outdir: `${ROOT}dist`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    // ES modules where a package has them: they shake, and named imports survive a dynamic import.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    // Native parts of ssh2 that are only quicker: without them it does the same in JavaScript.
    external: ['cpu-features', '*.node'],
    metafile: true,
    write: options.write,
    // CommonJS packages inside an ES module ask for require and for their own place.
    banner: {
      js: "import{createRequire as __r}from'node:module';import{fileURLToPath as __f}from'node:url';import{dirname as __d}from'node:path';const require=__r(import.meta.url),__filename=__f(import.meta.url),__dirname=__d(__filename);",
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rm(`${ROOT}dist`, { recursive: true, force: true });
  const { metafile } = await bundle({ write: true });
  // Read by the program beside itself: what is sent to relays, and printed for them.
  await copyFile(`${ROOT}src/integrations/postfix/mailwright-relay.sh`, `${ROOT}dist/mailwright-relay.sh`);
  const outputs = Object.values(metafile.outputs);
  const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
  console.log(`dist: ${outputs.length} files, ${(bytes / 1024 / 1024).toFixed(1)} MB`);
}
