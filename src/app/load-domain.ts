import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { type Config, configHome, loadConfig, stateFolder } from '../config.ts';
import type { Consents, DomainSpec } from '../core/domain-spec.ts';
import { parseProfile } from '../core/parse-profile.ts';
import { Problem } from '../core/problem.ts';
import type { Profile } from '../core/profile.ts';
import { type Overrides, resolveSpec } from '../core/resolve-spec.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { packageFile } from './package-file.ts';

/** What a command asks for: flags, and where the profile is. */
export interface DomainRequest {
  readonly profile?: string | undefined;
  readonly file?: string | undefined;
  readonly state?: string | undefined;
  readonly consents: Consents;
  readonly flags: Overrides;
}

/** Reads configuration and profile and makes the one DomainSpec of them. Throws Problems with every error at once. */
export function loadDomain(
  request: DomainRequest,
  environment?: NodeJS.ProcessEnv,
): { config: Config; spec: DomainSpec; state: string } {
  const config = loadConfig(environment);
  const path = request.file ?? (request.profile === undefined ? undefined : findProfile(request.profile));
  const profile: Profile = path === undefined ? {} : parseProfile(readYaml(path), path);
  const spec = resolveSpec({
    profile,
    environment: { sesRegions: config.ses.regions, sesTenant: config.ses.tenant },
    flags: request.flags,
    consents: request.consents,
    allowSpecialUse: config.domains.allowSpecialUse,
    resolvePath: (file) => resolve(path === undefined ? '.' : dirname(path), file.replace(/^~(?=\/)/, homedir())),
    parseRegion,
  });
  return { config, spec, state: stateFolder(config, request.state) };
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
