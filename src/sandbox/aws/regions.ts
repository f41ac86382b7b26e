/** The Regions that SES v2 knows as origins of signing attributes (SDK enum DkimSigningAttributesOrigin), in AWS's spelling. */
export const REGIONS = [
  'af-south-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-5',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'us-west-2',
] as const;

/** Regions that receive mail (SES developer guide, "Email receiving endpoints"). */
export const RECEIVING_REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-2',
  'ca-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
] as const;

const OWN_SIGNING_ZONE = new Set([
  'af-south-1',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-5',
  'ca-west-1',
  'ap-northeast-3',
  'eu-south-1',
  'eu-central-2',
  'il-central-1',
  'me-central-1',
  'us-gov-east-1',
]);

/** Whether SES exists in a Region. */
export function isRegion(name: string): boolean {
  return REGIONS.some((region) => region === name);
}

/** The zone that holds a Region's Easy DKIM keys: the shared one in older Regions, their own in newer ones. */
export function signingZone(region: string): string {
  return OWN_SIGNING_ZONE.has(region) ? `dkim.${region}.amazonses.com` : 'dkim.amazonses.com';
}

/** Where bounces of a Region go: the one MX of a custom MAIL FROM domain. */
export function feedbackHost(region: string): string {
  return `feedback-smtp.${region}.amazonses.com`;
}

/** The envelope domain of mail without a custom MAIL FROM. */
export function defaultMailFrom(region: string): string {
  return region === 'us-east-1' ? 'amazonses.com' : `${region}.amazonses.com`;
}

/** 'AWS_SES_US_EAST_1' for 'us-east-1': the origin of a replica's signing attributes. */
export function replicaOrigin(region: string): string {
  return `AWS_SES_${region.toUpperCase().replaceAll('-', '_')}`;
}

/** The parent Region that an origin names; undefined for AWS_SES, EXTERNAL and unknown words. */
export function parentRegion(origin: string): string | undefined {
  return REGIONS.find((region) => replicaOrigin(region) === origin);
}
