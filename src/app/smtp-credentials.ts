import { Problem } from '../core/problem.ts';
import type { SmtpGrant, SmtpWish } from '../core/smtp-credentials.ts';
import type { SmtpNeeds } from '../domains/needs.ts';
import { openSesClient } from '../integrations/ses/client.ts';
import { USER_PREFIX } from '../integrations/ses/smtp/iam-calls.ts';
import { openIamClient } from '../integrations/ses/smtp/iam-client.ts';
import { readReach } from '../integrations/ses/smtp/read-reach.ts';
import { type SmtpEndpoint, smtpEndpoint } from '../integrations/ses/smtp/smtp-endpoint.ts';
import { smtpGrant, smtpPolicy } from '../integrations/ses/smtp/smtp-policy.ts';
import { openSmtpUsers } from '../integrations/ses/smtp/smtp-users.ts';
import { ourTags } from '../integrations/ses/tags.ts';
import { wrongAccount } from '../integrations/ses/wrong-account.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { openPace } from '../planning/pace.ts';
import type { Loaded } from './load-domain.ts';
import { awsSettings, systemClock } from './planner.ts';

/** What `mailwright ses smtp-credentials` works with. */
export interface SmtpCredentials {
  readonly caller: { readonly account: string; readonly arn: string };
  readonly wish: SmtpWish;
  readonly needs: SmtpNeeds;
  /** Where a relay connects in a region. */
  endpoint(region: string): SmtpEndpoint;
  /** The policy document of a grant. Throws a Problem where it is longer than IAM takes. */
  policy(grant: SmtpGrant): object;
  /** What a person should know of the identities. */
  readonly notes: readonly string[];
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  close(): Promise<void>;
}

/** Opens it: whose the credentials are is asked first, then the identities, and nobody else's run works on the user meanwhile. */
export async function openSmtpCredentials(
  loaded: Loaded,
  asked: Pick<SmtpWish, 'purpose'> & { readonly name: string | undefined },
): Promise<SmtpCredentials> {
  const { config, specs } = loaded;
  const user = USER_PREFIX + nameOf(asked.name, specs);
  const aws = awsSettings(config);
  if (aws.sesEndpoint !== undefined && aws.iamEndpoint === undefined)
    throw new Problem('input', 'config.mixed', 'AWS_ENDPOINT_URL_IAM is not set, while SES is a stand-in.', {
      fix: 'Point it at the sandbox, too: its users must not be made in a real account.',
    });
  const regions = [...new Set(specs.flatMap((spec) => spec.ses?.regions ?? []))];
  for (const region of regions) smtpEndpoint(region, config.ses.smtp);
  const folder = await openStateFolder(loaded.state);
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, systemClock);
  const ses = await openSesClient(aws, { pace, clock: systemClock });
  const closing: (() => unknown)[] = [() => ses.close()];
  const close = async () => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const caller = await ses.caller(regions);
    for (const { ses: wanted } of specs)
      if (wanted?.account !== undefined && wanted.account !== caller.account)
        throw wrongAccount(caller, wanted.account, aws);
    const reaches = await Promise.all(specs.flatMap(reachesOf).map((reach) => readReach(ses, reach)));
    const iam = await openIamClient(aws, caller.arn.split(':')[1] ?? 'aws', systemClock);
    closing.push(() => iam.close());
    const lock = await folder.lock.acquire(`iam ${user}`);
    closing.push(() => lock.release());
    const { adopt, overwrite, prune } = specs[0]?.consents ?? { adopt: false, overwrite: false, prune: false };
    return {
      caller,
      wish: {
        user,
        grant: smtpGrant(caller.account, reaches),
        regions,
        tags: ourTags(folder.home),
        purpose: asked.purpose,
        adopt,
        overwrite,
        prune,
      },
      needs: openSmtpUsers(iam, config.ses.smtp),
      endpoint: (region) => smtpEndpoint(region, config.ses.smtp),
      policy: smtpPolicy,
      notes: reaches.flatMap(({ domain, region, verified }) =>
        verified === true
          ? []
          : `${domain} ${verified === false ? 'is not verified' : 'has no identity'} in ${region}: SES refuses its mail there until \`mailwright up ${domain}\` is done.`,
      ),
      clock: systemClock,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A tenant without a configured set has one of its own name. */
function reachesOf({ domain, ses }: Loaded['specs'][number]) {
  const set = ses?.configurationSet ?? ses?.tenant;
  return (ses?.regions ?? []).map((region) => ({ domain, region, configurationSets: set === undefined ? [] : [set] }));
}

/** IAM allows 64 characters in all. */
function nameOf(name: string | undefined, specs: Loaded['specs']): string {
  const fix = 'Give one with --name: it tells which relays, or which estate, the credentials are for.';
  const [spec] = specs;
  if (name === undefined && specs.length > 1)
    throw new Problem('input', 'smtp.name', `One user for ${specs.length} domains needs a name.`, { fix });
  const chosen = name ?? spec?.domain ?? '';
  if (/^[\w+=,.@-]{1,48}$/.test(chosen)) return chosen;
  throw new Problem('input', 'smtp.name', `"${chosen}" can’t be part of an IAM user’s name.`, {
    fix: `${name === undefined ? `${fix} ` : ''}Letters, digits and +=,.@_- are allowed, 48 of them.`,
  });
}
