import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Bundles the two programs of the package: the command line and the sandbox. Everything is in the bundle, so the installed package
 * has no dependencies; splitting keeps heavy parts (SDKs, zod, prompts) out of the start.
 */
const outdir = new URL('../dist', import.meta.url).pathname;
await rm(outdir, { recursive: true, force: true });
const result = await build({
  entryPoints: { main: 'src/main.ts', sandbox: 'src/sandbox/main.ts' },
  absWorkingDir: new URL('..', import.meta.url).pathname,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  minify: true,
  legalComments: 'none',
  metafile: true,
  // CommonJS packages inside an ES module ask for require and for their own place.
  banner: {
    js: "import{createRequire as __r}from'node:module';import{fileURLToPath as __f}from'node:url';import{dirname as __d}from'node:path';const require=__r(import.meta.url),__filename=__f(import.meta.url),__dirname=__d(__filename);",
  },
});
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`dist: ${Object.keys(result.metafile.outputs).length} files, ${(bytes / 1024 / 1024).toFixed(1)} MB`);
