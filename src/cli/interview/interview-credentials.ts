import type { Init, NeededSetting, ProviderChoice, TypedAws } from '../../app/init.ts';
import type { Diagnosis } from '../../core/diagnosis.ts';
import { Problem } from '../../core/problem.ts';
import { showLines } from '../show/show-diagnoses.ts';
import type { Asker } from './asker.ts';

/** What goes into .env of it, and which of its lines may be replaced. */
export interface Credentials {
  readonly settings: Readonly<Record<string, string>>;
  readonly replace: readonly string[];
}

interface Wishes {
  readonly awsProfile?: string | undefined;
  readonly saveSecrets: boolean;
}

const KEY = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

/** AWS credentials that STS knows: those that are set, a profile, what the SDK finds, or typed ones. Asks until some are good. */
export async function askAws(
  init: Init,
  given: Wishes,
  ask: Asker,
): Promise<Credentials & { typed: TypedAws; account: string }> {
  const accept = (who: { account: string; arn: string }, how: string) =>
    ask.tell(`AWS account ${who.account} as ${who.arn} (${how}).`);
  const known = init.awsKeys;
  if (known !== undefined || given.awsProfile !== undefined || !ask.person) {
    const typed = known === undefined && given.awsProfile !== undefined ? { profile: given.awsProfile } : {};
    const who = await init.tryAws(typed);
    if (!(who instanceof Problem)) {
      accept(
        who,
        known
          ? `of ${known.source === '.env' ? '.env' : 'the environment'}`
          : given.awsProfile
            ? `profile ${given.awsProfile}`
            : 'found by the SDK',
      );
      return { typed, account: who.account, replace: [], settings: await settingsOfKnown(init, given, ask) };
    }
    if (!ask.person || known?.source === 'environment') throw who;
    tellProblem(who, ask);
  } else {
    ask.tell('Looking for AWS credentials (SSO, roles, default profile)…');
    const who = await init.tryAws({});
    if (!(who instanceof Problem)) {
      accept(who, 'found by the SDK');
      if (await ask.confirm('Use these?', true)) return { typed: {}, account: who.account, replace: [], settings: {} };
    }
  }
  for (;;) {
    const { typed, settings } = await typeAws(init, ask);
    const who = await init.tryAws(typed);
    if (!(who instanceof Problem)) {
      accept(who, typed.profile === undefined ? 'the key that was typed' : `profile ${typed.profile}`);
      return { typed, settings, account: who.account, replace: Object.keys(settings) };
    }
    tellProblem(who, ask);
  }
}

/** A profile that a flag names is a setting; keys of the environment go into .env where that is wanted. */
async function settingsOfKnown(init: Init, given: Wishes, ask: Asker): Promise<Record<string, string>> {
  if (init.awsKeys === undefined) return given.awsProfile === undefined ? {} : { AWS_PROFILE: given.awsProfile };
  // Temporary credentials are gone tomorrow.
  if (init.awsKeys.source === '.env' || init.awsKeys.profile || init.sourceOf('AWS_SESSION_TOKEN')) return {};
  return savedFrom(KEY, init, given, ask);
}

async function typeAws(init: Init, ask: Asker): Promise<{ typed: TypedAws; settings: Record<string, string> }> {
  // Keys in .env would win over any profile: there, only other keys help.
  const profiles = init.awsKeys === undefined || init.awsKeys.profile ? init.awsProfiles : [];
  const options = [
    ...profiles.map((name) => ({ value: `profile ${name}`, label: `The profile ${name} of ~/.aws` })),
    { value: 'key', label: 'An access key, typed now' },
  ];
  const choice =
    options.length > 1 ? await ask.choose('Which AWS credentials?', options, options[0]?.value ?? 'key') : 'key';
  if (choice !== 'key') {
    const profile = choice.replace('profile ', '');
    return { typed: { profile }, settings: { AWS_PROFILE: profile } };
  }
  const accessKeyId = await ask.text({
    message: 'AWS access key id (IAM user with docs/iam-policy.json)',
    flag: KEY[0],
    placeholder: 'AKIA…',
    parse(text) {
      if (/^[A-Z0-9]{16,128}$/.test(text.trim())) return text.trim();
      throw new Problem(
        'input',
        'init.key-id',
        'That is no access key id: it has 20 capitals and digits, such as AKIA….',
      );
    },
  });
  const secretAccessKey = await ask.secret('Its secret access key');
  return { typed: { accessKeyId, secretAccessKey }, settings: { [KEY[0]]: accessKeyId, [KEY[1]]: secretAccessKey } };
}

/** The credentials of the DNS provider, tried with the domain. Asks again while they are wrong. */
export async function askDnsCredentials(
  init: Init,
  given: Wishes,
  ask: Asker,
  { provider, domain, aws }: { provider: ProviderChoice; domain: string; aws: TypedAws },
): Promise<Credentials> {
  let toType = provider.needs.filter((one) => one.source === undefined);
  for (;;) {
    if (toType.length > 0) ask.tell(`${provider.title} needs ${provider.credentials}.`);
    const typed: Record<string, string> = {};
    for (const one of toType) typed[one.env] = await typeSetting(one, ask);
    const lines = await init.tryDns(provider.name, domain, typed, aws);
    const wrong = lines.find((one) => one.status === 'credentials' || one.status === 'unconfigured');
    if (!wrong) {
      for (const line of showLines(lines.filter((one) => !one.permission || one.status !== 'unprovable')))
        ask.tell(line);
      const good = lines.every((one) => !['refused', 'broken', 'unknown'].includes(one.status));
      if (good || (await ask.confirm('Go on all the same? (mailwright doctor looks again)', true))) {
        const known = provider.needs.filter((one) => typed[one.env] === undefined && one.source === 'environment');
        const saved = await savedFrom(
          known.map((one) => one.env),
          init,
          given,
          ask,
        );
        return { settings: { ...saved, ...typed }, replace: Object.keys(typed) };
      }
    } else {
      const problem = toProblem(wrong);
      // What the environment says wins over anything that is typed.
      if (!ask.person || provider.needs.length === 0 || provider.needs.some((one) => one.source === 'environment'))
        throw problem;
      tellProblem(problem, ask);
    }
    toType = [...provider.needs];
  }
}

function typeSetting({ title, secret, env }: NeededSetting, ask: Asker): Promise<string> {
  if (secret) return ask.secret(title);
  return ask.text({
    message: title,
    flag: env,
    parse(text) {
      if (text.trim() !== '') return text.trim();
      throw new Problem('input', 'init.empty', `${env} is empty.`);
    },
  });
}

/** Values of the environment that are to be in .env as well. */
async function savedFrom(
  names: readonly string[],
  init: Init,
  given: Wishes,
  ask: Asker,
): Promise<Record<string, string>> {
  const there = names.filter((name) => init.sourceOf(name) === 'environment');
  if (there.length === 0) return {};
  const save =
    given.saveSecrets ||
    (ask.person && (await ask.confirm(`${there.join(', ')}: of the environment. Write into .env, too?`, true)));
  if (!save) return {};
  return Object.fromEntries(there.flatMap((name) => [[name, init.valueOf(name) ?? '']]));
}

function toProblem({ id, says, fix }: Diagnosis): Problem {
  return new Problem('account', id, says, { fix });
}

function tellProblem({ message, fix }: Problem, ask: Asker): void {
  ask.tell(`✗ ${message}${fix === undefined ? '' : `\n  → ${fix}`}`);
}
