import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { configHome, loadConfig, stateFolder } from '../config.ts';
import type { Config } from '../config-schema.ts';
import type { Consents, DomainSpec } from '../core/domain-spec.ts';
import { Problem, Problems } from '../core/problem.ts';
import { parseProfile } from '../core/profile/parse-profile.ts';
import type { Profile } from '../core/profile/profile.ts';
import { type Overrides, resolveSpec } from '../core/profile/resolve-spec.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { packageFile } from './package-file.ts';

/** What a command asks for: domains, flags, and where the profile is. */
export interface DomainRequest {
  /** As they were given; none: the profile names it. */
  readonly domains: readonly string[];
  /** A file with one domain on each line. */
  readonly from?: string | undefined;
  readonly profile?: string | undefined;
  readonly file?: string | undefined;
  readonly state?: string | undefined;
  readonly consents: Consents;
  readonly flags: Overrides;
}

/** What a command works with: the wishes, one for each domain, all of one profile. */
export interface Loaded {
  readonly config: Config;
  readonly specs: readonly DomainSpec[];
  readonly state: string;
}

/** Reads configuration and profile and makes a DomainSpec for each domain. Throws Problems with every error at once. */
export function loadDomains(request: DomainRequest, environment?: NodeJS.ProcessEnv): Loaded {
  const config = loadConfig(environment);
  const path = profilePath(request);
  const profile = loadProfile(request);
  const named = [...request.domains, ...(request.from === undefined ? [] : readList(request.from))];
  const problems: Problem[] = [];
  const specs = (named.length > 0 ? named : [undefined]).flatMap((domain) => {
    try {
      return resolveSpec({
        profile,
        environment: { sesRegions: config.ses.regions, sesTenant: config.ses.tenant, relay: relayOf(config) },
        flags: { ...request.flags, domain },
        consents: request.consents,
        allowSpecialUse: config.domains.allowSpecialUse,
        resolvePath: (file) => resolve(path === undefined ? '.' : dirname(path), file.replace(/^~(?=\/)/, homedir())),
        parseRegion,
      });
    } catch (error) {
      if (!(error instanceof Problems)) throw error;
      problems.push(...error.all);
      return [];
    }
  });
  // What is wrong with the profile is wrong for every domain: said once.
  if (problems.length > 0) throw new Problems([...new Map(problems.map((one) => [one.message, one])).values()]);
  const unique = [...new Map(specs.map((spec) => [spec.domain, spec])).values()];
  return { config, specs: unique, state: stateFolder(config, request.state) };
}

/** The relay that the environment describes, without its secret. */
function relayOf({ relay }: Config): NonNullable<Overrides['relay']> | undefined {
  const { host, user, keyFile } = relay;
  if (host === undefined && user === undefined && keyFile === undefined) return undefined;
  return {
    ...(host === undefined ? {} : { host }),
    ...(user === undefined ? {} : { user }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

function profilePath(request: Pick<DomainRequest, 'profile' | 'file'>): string | undefined {
  return request.file ?? (request.profile === undefined ? undefined : findProfile(request.profile));
}

/** The profile that was named; an empty one where none was. */
export function loadProfile(request: Pick<DomainRequest, 'profile' | 'file'>): Profile {
  const path = profilePath(request);
  return path === undefined ? {} : parseProfile(readYaml(path), path);
}

/** Wishes that are known already (a reviewed plan's, a run's): credentials and places come from here. */
export function loadReviewed(
  specs: readonly DomainSpec[],
  state: string | undefined,
  environment?: NodeJS.ProcessEnv,
): Loaded {
  const config = loadConfig(environment);
  return { config, specs, state: stateFolder(config, state) };
}

/** The domains of a list: one on each line, `#` begins a comment. */
export function readList(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new Problem('input', 'list.missing', `--from: ${path} can't be read: ${(error as Error).message}.`);
  }
  const domains = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (domains.length > 0) return domains;
  throw new Problem('input', 'list.empty', `--from: ${path} names no domain.`, {
    fix: 'Write one domain on each line.',
  });
}

/** A profile by name or path. Looked for in the working folder, the user's configuration, and the package's examples. */
function findProfile(name: string): string {
  if (/[/\\]|\.ya?ml$/.test(name)) {
    if (existsSync(name)) return name;
    throw new Problem('input', 'profile.missing', `--profile: there is no file ${name}.`);
  }
  const folders = ['profiles', '.', join(configHome(), 'mailwright', 'profiles'), packageFile('examples/profiles')];
  for (const folder of folders) {
    for (const ending of ['yaml', 'yml']) {
      const path = join(folder, `${name}.${ending}`);
      if (existsSync(path)) return path;
    }
  }
  const shown = folders.slice(0, 3).map((folder) => folder.replace(homedir(), '~'));
  throw new Problem(
    'input',
    'profile.missing',
    `--profile: there is no profile "${name}" (looked for ${name}.yaml in ${shown.join(', ')}).`,
    {
      fix: 'Write one (examples/profiles shows how), or give its path.',
    },
  );
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { prettyErrors: true }) ?? {};
  } catch (error) {
    if (error instanceof YAMLParseError) throw new Problem('input', 'profile.yaml', `${path}: ${error.message.trim()}`);
    throw new Problem('input', 'profile.missing', `${path} can't be read: ${(error as Error).message}.`);
  }
}
