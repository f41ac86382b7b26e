import type { KeyObject } from 'node:crypto';
import { openHttp } from '../http.ts';
import type { StandIn, World } from '../world.ts';
import { awsControl } from './control.ts';
import { EventLog } from './events/event-log.ts';
import { type AccessKey, base32 } from './gate/keys.ts';
import { readPolicy } from './gate/policy.ts';
import { giveKey } from './iam/users.ts';
import { publishKey } from './identities/dkim.ts';
import { openKeyMill } from './identities/key-mill.ts';
import { openWatch } from './identities/watch.ts';
import { publishOwnRecords } from './own-records.ts';
import { openPost } from './sending/post.ts';
import { clocksOf, serveAws } from './serve.ts';
import { openSmtpEndpoints } from './smtp/endpoints.ts';
import type { Aws } from './state.ts';
import { switchesSchema, turnSwitches } from './switches.ts';

/** How the AWS stand-in is opened. */
export interface AwsOptions {
  /** Port on loopback where sent mail is delivered by SMTP. */
  readonly smtpPort: number;
  /** Port to listen at; a free one where absent. */
  readonly port?: number;
  /** IAM policy document of the default key; all of SES, Route 53 and IAM where absent. */
  readonly policy?: unknown;
  /** 12 digits. */
  readonly account?: string;
  /** The default key's IAM user. */
  readonly user?: string;
  /** Regions whose SMTP endpoint is open from the start; `POST /aws/smtp` opens others. */
  readonly smtpRegions?: readonly string[];
  /** Settings as `POST /aws/switches` takes them. */
  readonly switches?: unknown;
}

/** The way in for another AWS service of this sandbox: the same keys with their policies. */
export interface Gate {
  readonly keys: ReadonlyMap<string, AccessKey>;
  /** The default key's account. */
  readonly account: string;
  /** Times (ms) that count as right for a signature. */
  clocks(): readonly number[];
}

const EVERYTHING = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['ses:*', 'sts:GetCallerIdentity', 'route53:*', 'iam:*'],
      Resource: '*',
    },
  ],
};

const SMTP_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1'];

/** Opens SES in every Region, SES v1, STS and IAM at one address, SES's SMTP endpoints, with AWS's own records published. @throws RangeError for a policy or switch that it does not know */
export async function openAws(world: World, options: AwsOptions): Promise<StandIn & { readonly gate: Gate }> {
  const { account = '111122223333', user = 'mailwright', policy = EVERYTHING, smtpPort } = options;
  const mill = openKeyMill();
  let snsKey: Promise<KeyObject> | undefined;
  const aws: Aws = {
    world,
    post: openPost(world, smtpPort),
    switches: turnSwitches(switchesSchema.parse({}), options.switches),
    keys: new Map(),
    users: new Map(),
    mill,
    watch: openWatch(() => aws),
    amazonDkim: { tokens: [base32(32)], zone: '_domainkey.amazonses.com', key: mill.make('RSA_2048_BIT') },
    places: new Map(),
    events: new EventLog(world.clock, world.faults),
    messages: new Map(),
    snsKey() {
      snsKey ??= mill.make('RSA_2048_BIT');
      return snsKey;
    },
  };
  const key = giveKey(aws, { account, name: user }, [readPolicy(policy)]);
  publishOwnRecords(world);
  publishKey(world, aws.amazonDkim);
  const smtp = await openSmtpEndpoints(aws, options.smtpRegions ?? SMTP_REGIONS);
  const server = await openHttp((asked) => serveAws(aws, asked), options.port);
  return {
    name: 'aws',
    addresses: {
      endpoint: server.url,
      ...Object.fromEntries(
        smtp.list().flatMap(({ region, starttls, tls }) => [
          [`smtp.${region}`, starttls],
          [`smtps.${region}`, tls],
        ]),
      ),
    },
    env: {
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_SES: server.url,
      AWS_ENDPOINT_URL_SESV2: server.url,
      AWS_ENDPOINT_URL_STS: server.url,
      AWS_ENDPOINT_URL_IAM: server.url,
      MAILWRIGHT_SES_SMTP: smtp
        .list()
        .map(({ region, starttls }) => `${region}=${starttls}`)
        .join(','),
      // One line, as settings must be: the PEM without its first and last line and its line breaks.
      MAILWRIGHT_SES_SMTP_CERTIFICATE: smtp.certificate.replaceAll(/-----.*-----|\n/g, ''),
    },
    control: awsControl(aws, smtp),
    gate: { keys: aws.keys, account, clocks: () => clocksOf(aws) },
    async close() {
      aws.watch.close();
      aws.post.close();
      mill.close();
      await smtp.close();
      await server.close();
    },
  };
}
