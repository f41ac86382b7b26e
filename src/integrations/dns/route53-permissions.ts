/**
 * Every call of Route 53 that route53-api.ts makes, and what IAM must allow for it: docs/iam-policy-route53.json and the reference are
 * generated from it, and a test holds it against the commands that the client sends. Source: AWS service authorization reference for Route 53.
 */
export interface Route53Call {
  readonly part: 'read' | 'write';
  /** Which commands need it, for people. */
  readonly for: string;
  /** ARN shapes below arn:aws:route53:::, or '*' for actions without resource-level support. */
  readonly resource: '*' | 'hostedzone' | 'change';
}

export const ROUTE53_CALLS = {
  ListHostedZonesByName: { part: 'read', for: 'finding the zone of a domain', resource: '*' },
  ListHostedZones: { part: 'read', for: '`list` alone', resource: '*' },
  GetHostedZone: { part: 'read', for: 'the name servers of the zone', resource: 'hostedzone' },
  ListResourceRecordSets: { part: 'read', for: 'reading the zone', resource: 'hostedzone' },
  ChangeResourceRecordSets: { part: 'write', for: '`up`, `undo` and `--prune`', resource: 'hostedzone' },
  GetChange: {
    part: 'write',
    for: 'waiting until a change is served; without it the name servers are asked',
    resource: 'change',
  },
} as const satisfies Readonly<Record<string, Route53Call>>;

/**
 * The least that the calls of the table need, as an IAM policy: statements Route53Read… are enough to plan and check, Route53Write… change
 * records. Their ids differ from those of the policy for SES, so that both can go into one document.
 */
export function route53Policy() {
  const statements = Map.groupBy(
    Object.entries(ROUTE53_CALLS),
    ([, { part, resource }]) => `Route53${title(part)}${resource === '*' ? 'Account' : title(resource)}`,
  );
  return {
    Version: '2012-10-17',
    Statement: [...statements].map(([Sid, calls]) => ({
      Sid,
      Effect: 'Allow',
      Action: calls.map(([name]) => `route53:${name}`).toSorted(),
      Resource: [...new Set(calls.map(([, { resource }]) => arn(resource)))],
    })),
  } as const;
}

function arn(resource: Route53Call['resource']): string {
  return resource === '*' ? '*' : `arn:aws:route53:::${resource}/*`;
}

function title(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
