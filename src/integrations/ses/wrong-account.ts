import { Problem } from '../../core/problem.ts';
import { type AwsSettings, describeCredentials } from '../wire/aws/aws.ts';

/** The credentials are not of the account that the profile wants. */
export function wrongAccount(who: { account: string; arn: string }, expected: string, settings: AwsSettings): Problem {
  return new Problem(
    'account',
    'aws.wrong-account',
    `The credentials belong to AWS account ${who.account} (${who.arn}; ${describeCredentials(settings)}), the profile wants ${expected}.`,
    { fix: 'Choose the right credentials (AWS_PROFILE or keys), or correct ses.account in the profile.' },
  );
}
