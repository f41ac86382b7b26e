import { Problem } from '../../../core/problem.ts';
import type { SesClient } from '../client.ts';
import type { SmtpReach } from './smtp-policy.ts';

/**
 * A domain's identity in a region, with the configuration sets that its mail may leave by: those wished for, and its default, for which
 * SES asks IAM, too, whenever a message names none. `verified`: undefined where there is no identity.
 */
export async function readReach(
  client: SesClient,
  asked: SmtpReach,
): Promise<SmtpReach & { readonly verified: boolean | undefined }> {
  const { domain, region, configurationSets } = asked;
  const identity = await client.call(region, 'GetEmailIdentity', { EmailIdentity: domain }).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'ses.NotFound') return undefined;
    throw error;
  });
  const own = identity?.ConfigurationSetName;
  return {
    domain,
    region,
    configurationSets: own === undefined ? configurationSets : [...new Set([...configurationSets, own])],
    verified: identity && identity.VerifiedForSendingStatus === true,
  };
}
