import { GetIdentityVerificationAttributesCommand, SESClient, VerifyDomainIdentityCommand } from '@aws-sdk/client-ses';

/** What a client of either API is opened with. */
type ClientSettings = NonNullable<ConstructorParameters<typeof SESClient>[0]>;

/**
 * The two calls that only the first version of the API has: the TXT token at _amazonses (API reference 2010-12-01, Query protocol).
 * Named imports of a file of their own, so that a bundle holds these two commands and no others.
 */
export function openV1(settings: ClientSettings) {
  const client = new SESClient(settings);
  return {
    /** The token that was made for the domain; undefined where none was. */
    async readToken(domain: string): Promise<string | undefined> {
      const answer = await client.send(new GetIdentityVerificationAttributesCommand({ Identities: [domain] }));
      return answer.VerificationAttributes?.[domain]?.VerificationToken;
    },
    /** Makes the token, or gives the one that is there. */
    async makeToken(domain: string): Promise<string> {
      return (await client.send(new VerifyDomainIdentityCommand({ Domain: domain }))).VerificationToken ?? '';
    },
    close: () => client.destroy(),
  };
}
