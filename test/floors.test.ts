import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../scripts/build.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const SRC = join(ROOT, 'src');

/** Which room may import which (besides itself), and which packages: ['*'] is any. Rooms not named may not exist. */
const FLOORS: Readonly<Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }>> = {
  core: { rooms: [], packages: ['zod', 'tldts'] },
  planning: { rooms: ['core'], packages: [] },
  store: { rooms: ['core'], packages: ['*'] },
  integrations: { rooms: ['core'], packages: ['*'] },
  domains: { rooms: ['core', 'store', 'planning'], packages: [] },
  app: {
    rooms: ['core', 'planning', 'store', 'integrations', 'domains', 'config.ts', 'config-schema.ts'],
    packages: ['yaml'],
  },
  'config.ts': { rooms: ['core', 'integrations', 'config-schema.ts'], packages: ['zod'] },
  'config-schema.ts': { rooms: ['core', 'integrations'], packages: ['zod'] },
  // Types of what a run tells come from planning; its code is reached through features and app alone.
  cli: { rooms: ['core', 'domains', 'app'], packages: ['citty', 'picocolors', '@clack/prompts'] },
  'main.ts': { rooms: ['cli'], packages: [] },
  sandbox: { rooms: [], packages: ['*'] },
};
/** Rooms whose types (not values) an entry point may name, because it renders them. */
const TYPE_ROOMS: Readonly<Record<string, readonly string[]>> = { cli: ['planning'] };

const MAX_LINES = 400;
const SAYS_NOTHING = /(^|\/)(utils?|helpers?|common|shared|misc|services?|managers?)(\/|\.ts$)/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly type: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

const FILES = sources(SRC);
const PRODUCT = FILES.filter((path) => !path.endsWith('.test.ts'));

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const found = [...text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gms)];
  const dynamic = [...text.matchAll(/(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)/g)];
  return [...found, ...dynamic].map((match) => ({
    from: relative(SRC, path),
    to: match[2] ?? '',
    type: match[1] !== undefined,
  }));
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

describe('floors', () => {
  it('every import stays on its floor', () => {
    const wrong: string[] = [];
    for (const path of PRODUCT) {
      for (const { from, to, type } of importsOf(path)) {
        const room = roomOf(from);
        const floor = FLOORS[room];
        if (!floor) {
          wrong.push(`${from}: there is no room "${room}" in the plan of the house`);
          continue;
        }
        if (to.startsWith('.')) {
          const target = roomOf(normalize(join(dirname(from), to)));
          const allowed =
            target === room || floor.rooms.includes(target) || (type && TYPE_ROOMS[room]?.includes(target));
          if (!allowed)
            wrong.push(`${from} imports ${to}: ${room} may import ${[room, ...floor.rooms].join(', ')}, not ${target}`);
        } else if (!to.startsWith('node:')) {
          const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : (to.split('/')[0] ?? to);
          if (!floor.packages.includes('*') && !floor.packages.includes(name))
            wrong.push(`${from} imports the package ${name}, which ${room} may not`);
        } else if (['core', 'planning'].includes(room)) {
          wrong.push(`${from} imports ${to}: ${room} does no I/O of its own`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('one integration never imports another', () => {
    const common = ['wire', 'index.ts'];
    const wrong = PRODUCT.filter((path) => relative(SRC, path).startsWith('integrations/')).flatMap((path) =>
      importsOf(path).flatMap(({ from, to }) => {
        if (!to.startsWith('.')) return [];
        const target = normalize(join(dirname(from), to)).split('/');
        const own = from.split('/')[1];
        return target[0] === 'integrations' && target[1] !== own && !common.includes(target[1] ?? '')
          ? [`${from} imports ${to}`]
          : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('no values flow in a circle', () => {
    const graph = new Map(
      PRODUCT.map((path) => {
        const from = relative(SRC, path);
        const targets = importsOf(path).filter(({ to, type }) => to.startsWith('.') && !type);
        // `import type` lines are erased; a dynamic import is a door that opens later.
        const text = readFileSync(path, 'utf8');
        return [
          from,
          targets
            .filter(({ to }) => !text.includes(`import('${to}')`))
            .map(({ to }) => normalize(join(dirname(from), to))),
        ];
      }),
    );
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('process.env is read in config.ts alone (the sandbox has no settings of its own)', () => {
    const wrong = PRODUCT.map((path) => relative(SRC, path)).filter(
      (path) => path !== 'config.ts' && /\bprocess\.env\b/.test(readFileSync(join(SRC, path), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('core and planning ask for neither time nor chance', () => {
    const wrong = PRODUCT.map((path) => relative(SRC, path)).filter(
      (path) =>
        /^(core|planning)\//.test(path) &&
        /Date\.now\(|new Date\(\)|Math\.random\(|randomUUID/.test(readFileSync(join(SRC, path), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('files are small, and named after what they hold', () => {
    const long = FILES.map(
      (path) => [relative(SRC, path), readFileSync(path, 'utf8').split('\n').length] as const,
    ).filter(([path, lines]) => lines > MAX_LINES && !path.endsWith('.test.ts'));
    expect(long).toEqual([]);
    expect(FILES.map((path) => relative(SRC, path)).filter((path) => SAYS_NOTHING.test(path))).toEqual([]);
  });

  it('the command line starts without what only its commands need', async () => {
    const { metafile } = await bundle({ write: false });
    const start = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === 'src/main.ts')?.[0] ?? '';
    const loaded = new Set<string>();
    const load = (output: string) => {
      if (loaded.has(output)) return;
      loaded.add(output);
      for (const one of metafile.outputs[output]?.imports ?? [])
        if (one.kind === 'import-statement' && !one.external) load(one.path);
    };
    load(start);
    const packages = [...loaded]
      .flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}))
      .map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1])
      .filter((name) => name !== undefined);
    expect([...new Set(packages)].toSorted()).toEqual(['citty', 'picocolors']);
  });
});
