import { Problem } from '../../core/problem.ts';

/** Regions where SES sends and replicates DKIM keys (the enum of PutEmailIdentityDkimSigningAttributes). */
export const SES_REGIONS = (
  'af-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ' +
  'ap-southeast-5 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 ' +
  'il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2'
).split(' ');

/** The region itself, or a Problem that suggests the one that was probably meant. */
export function parseRegion(text: string): string {
  const region = text.trim().toLowerCase();
  if (SES_REGIONS.includes(region)) return region;
  const shape = /^[a-z]{2}(-[a-z]+)+-\d+$/.test(region);
  throw new Problem(
    'input',
    'ses.region',
    `ses.regions: "${text}" is ${shape ? 'no region in which SES is offered' : 'no AWS region'}.`,
    { fix: `Regions with SES: ${SES_REGIONS.join(', ')}.` },
  );
}
